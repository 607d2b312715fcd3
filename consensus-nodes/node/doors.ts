/** The ports of two-phase commit beside the node's own: extra doors, done without when somebody else has them. */
import { Server } from "@grpc/grpc-js";
import { CoordinatorControlService, DecisionPhaseService, VotePhaseService } from "../../proto/generated/twopc.ts";
import type { NodeConfiguration } from "../configuration.ts";
import { channelOptions } from "../transport/channel-options.ts";
import type { TransactionService } from "../two-phase-commit/transaction-service.ts";
import { listen, PortInUse } from "./listen.ts";

export function addTransactionServices(server: Server, service: TransactionService): void {
  server.addService(VotePhaseService, service.votePhase);
  server.addService(DecisionPhaseService, service.decisionPhase);
  server.addService(CoordinatorControlService, service.coordinatorControl);
}

/** @param onTaken told of each port that is taken; the services stand on the node's own port too. */
export async function openDoors(
  { host, doors }: NodeConfiguration,
  service: TransactionService,
  onTaken: (port: number) => void,
): Promise<readonly Server[]> {
  const ports = [doors.vote, doors.decision, doors.control].filter((port) => port !== undefined);
  return Promise.all(
    ports.map(async (port) => {
      const server = new Server(channelOptions);
      addTransactionServices(server, service);
      try {
        await listen(server, host, port);
      } catch (error) {
        if (!(error instanceof PortInUse)) throw error;
        onTaken(port);
      }
      return server;
    }),
  );
}
