/** One node: composes membership, streams and services from a configuration. */
import { randomUUID } from "node:crypto";
import { Server } from "@grpc/grpc-js";
import { type NodeControlServer, NodeControlService } from "../../proto/generated/control.ts";
import { type CoreServer, CoreService } from "../../proto/generated/core.ts";
import { type PeerServer, PeerService } from "../../proto/generated/peer.ts";
import {
  RaftClientService as RaftClientDefinition,
  type RaftClientServer,
  type RaftServiceServer,
  RaftServiceService,
} from "../../proto/generated/raft.ts";
import type { NodeConfiguration } from "../configuration.ts";
import { groups } from "../groups.ts";
import { channelOptions } from "../transport/channel-options.ts";
import { PeerLinks } from "../transport/peer-links.ts";
import { serveSnapshot } from "../transport/snapshot-transfer.ts";
import { printable } from "../wire/printable.ts";
import { ControlService } from "./control-service.ts";
import { CoreStreams } from "./core-service.ts";
import { addTransactionServices, openDoors } from "./doors.ts";
import { type Identity, readIdentity } from "./identity.ts";
import { IdleCollection } from "./idle-collection.ts";
import { listen } from "./listen.ts";
import { Member } from "./member.ts";
import type { NodeLog } from "./node-log.ts";
import { RaftClientService } from "./raft-client-service.ts";
import { createRpcLog } from "./rpc-log.ts";
import { Ticker } from "./ticker.ts";
import { Turn } from "./turn.ts";

export interface RunningNode {
  /** Ends all streams and flushes what is owed to the disk. @param handOver first to the others what this node leads: they go on */
  close(handOver: boolean): Promise<void>;
}

/**
 * @param onFatal a write to a log failed; nothing may be acknowledged any more, so the process must end.
 * @throws {DamagedLog | ForeignData | PortInUse}
 */
export async function startNode(
  configuration: NodeConfiguration,
  log: NodeLog,
  onFatal: (error: Error) => void,
): Promise<RunningNode> {
  const { id, cluster, host, port, nodes, data } = configuration;
  const collection = new IdleCollection(id);
  let ticker: Ticker | undefined;
  const turn = new Turn(() => ticker?.stirred());
  const links: PeerLinks = new PeerLinks({
    id,
    cluster,
    peers: nodes,
    deliver: (group, from, message) => member?.groups.get(group)?.deliver(from, message),
    onDisconnected: (peer) => {
      for (const group of member?.groups.values() ?? []) group.disconnected(peer);
    },
    onRpc: createRpcLog(id, configuration.rpcLog, log),
    requestFlush: () => turn.requestFlush(flush),
  });
  const flush = () => links.flush();
  const server = new Server(channelOptions);
  // The port comes first, for it is the lock of the folder: whoever still has it may still be writing to the logs.
  await listen(server, host, port);
  const identity = readIdentity(data, cluster, id) ?? newIdentity(configuration);
  const member = identity && new Member({ configuration, identity, links, turn, log, onFatal });

  const control = new ControlService(id, identity?.disk ?? "", [...(member?.groups.values() ?? [])], links.cuts);
  const controlServer: NodeControlServer = {
    status: (call, answer) => control.status(call, answer),
    setLinks: (call, answer) => control.setLinks(call, answer),
    transferLeadership: (call, answer) => control.transferLeadership(call, answer),
    changeMembership: (call, answer) => control.changeMembership(call, answer),
    checkpoint: (call, answer) => control.checkpoint(call, answer),
    stateHash: (call, answer) => control.stateHash(call, answer),
    readLog: (call) => control.readLog(call),
    stateAt: (call) => control.stateAt(call),
  };
  server.addService(NodeControlService, controlServer);
  if (member === undefined) {
    log.logger.error({ data }, "this node has lost its data, and with it its votes and promises: it takes no part");
  } else {
    addMemberServices(server, configuration, member, links, turn, log);
  }
  const doors = member
    ? await openDoors(configuration, member.transactions.service, (taken) =>
        log.logger.warn({ port: taken }, "the port is taken; its services stand on the node's own port too"),
      )
    : [];
  if (member !== undefined) links.start();
  const tick = () => {
    member?.tick();
    links.tick();
  };
  ticker =
    member &&
    new Ticker({
      tick,
      calm: (ticks) => member.isCalm(ticks),
      rested: () => collection.rested(member.work),
    });
  log.logger.info({ pid: process.pid, address: `${host}:${port}` }, "node is up");

  return {
    close: async (handOver) => {
      if (handOver) await member?.handOver();
      ticker?.close();
      links.close();
      for (const door of [server, ...doors]) door.forceShutdown();
      // Links that were closed look like peers that are gone, and that is work for the groups.
      turn.end();
      await member?.close();
    },
  };
}

/** Undefined for a node that has lost its data. */
function newIdentity({ cluster, id, nodes, found, join }: NodeConfiguration): Identity | undefined {
  if (found) return { cluster, id, groups: [], founding: nodes.map((node) => ({ ...node, voter: true })) };
  return join ? { cluster, id, groups: [], founding: [], disk: randomUUID() } : undefined;
}

function addMemberServices(
  server: Server,
  { id, cluster }: NodeConfiguration,
  member: Member,
  links: PeerLinks,
  turn: Turn,
  log: NodeLog,
): void {
  const streams = new CoreStreams(member.groups, member.transactions, turn);
  const coreServer: CoreServer = { exchange: (call) => streams.accept(call) };
  const pathOf = (group: string, index: number) => member.groups.get(group)?.snapshotPath(index);
  const peerServer: PeerServer = {
    exchange: (call) => links.accept(call),
    fetchSnapshot: (call) => void serveSnapshot(call, { cluster, pathOf }),
  };
  server.addService(CoreService, coreServer);
  server.addService(PeerService, peerServer);
  addTransactionServices(server, member.transactions.service);
  member.pictures?.addServices(server, member.transactions.participant);

  const journal = member.groups.get(groups.journal.name);
  if (journal === undefined) return;
  const text = new RaftClientService(journal, (source) =>
    log.line(`Node ${id} runs RPC ClientRequest called by Node ${printable(source)}.`),
  );
  const raftClient: RaftClientServer = { clientRequest: (call, answer) => void text.clientRequest(call, answer) };
  const raftService: RaftServiceServer = { submitOperation: (call, answer) => void text.submitOperation(call, answer) };
  server.addService(RaftClientDefinition, raftClient);
  server.addService(RaftServiceService, raftService);
}
