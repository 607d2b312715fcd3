/** The services that gRPC clients find at the ingress. Each method is served by the function that names its path. */
import type { ServiceDefinition } from "@grpc/grpc-js";
import {
  AdministrationServiceService,
  AuthServiceService,
  NotifyServiceService,
  OperationServiceService,
  ReservationServiceService,
  SeatServiceService,
} from "../../proto/generated/library.ts";
import { QueueServiceService } from "../../proto/generated/queue.ts";
import { RaftClientService, RaftServiceService } from "../../proto/generated/raft.ts";

export const services: readonly ServiceDefinition[] = [
  QueueServiceService,
  RaftClientService,
  RaftServiceService,
  AuthServiceService,
  SeatServiceService,
  ReservationServiceService,
  NotifyServiceService,
  OperationServiceService,
  AdministrationServiceService,
];
