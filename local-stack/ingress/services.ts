/** The services that gRPC clients find at the ingress. Each method is served by the function that names its path. */
import type { ServiceDefinition } from "@grpc/grpc-js";
import { QueueServiceService } from "../../proto/generated/queue.ts";
import { RaftClientService, RaftServiceService } from "../../proto/generated/raft.ts";

export const services: readonly ServiceDefinition[] = [QueueServiceService, RaftClientService, RaftServiceService];
