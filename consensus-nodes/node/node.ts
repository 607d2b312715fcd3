/** One node: composes groups, streams and services from a configuration. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
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
import type { LogStorage } from "../replica/log-storage.ts";
import { DamagedLog } from "../replica/write-ahead-log/damaged-log.ts";
import { openWriteAheadLog } from "../replica/write-ahead-log/write-ahead-log.ts";
import { channelOptions } from "../transport/channel-options.ts";
import { PeerLinks } from "../transport/peer-links.ts";
import { ControlService } from "./control-service.ts";
import { CoreStreams } from "./core-service.ts";
import { type Identity, readIdentity, writeIdentity } from "./identity.ts";
import { MemberGroup } from "./member-group.ts";
import type { NodeLog } from "./node-log.ts";
import { RaftClientService } from "./raft-client-service.ts";
import { createRpcLog } from "./rpc-log.ts";
import { TICK_MS } from "./timing.ts";
import { Turn } from "./turn.ts";

export interface RunningNode {
  /** Ends all streams and flushes what is owed to the disk. */
  close(): Promise<void>;
}

/** The port cannot be had. */
export class PortInUse extends Error {
  constructor(host: string, port: number, reason: string) {
    super(`cannot listen on ${host}:${port}: ${reason}`);
    this.name = "PortInUse";
  }
}

/**
 * @param onFatal a write to the log failed; nothing may be acknowledged any more, so the process must end.
 * @throws {DamagedLog | ForeignData | PortInUse}
 */
export async function startNode(
  configuration: NodeConfiguration,
  log: NodeLog,
  onFatal: (error: Error) => void,
): Promise<RunningNode> {
  const { id, cluster, host, port, nodes, data } = configuration;
  const identity = readIdentity(data, cluster, id) ?? (configuration.found ? { cluster, id, groups: [] } : undefined);
  const turn = new Turn();
  const members = new Map<string, MemberGroup>();
  const storages: LogStorage[] = [];
  const onRpc = createRpcLog(id, configuration.rpcLog, log);
  const links: PeerLinks = new PeerLinks({
    id,
    cluster,
    peers: nodes,
    deliver: (group, from, message) => members.get(group)?.deliver(from, message),
    onDisconnected: (peer) => {
      for (const member of members.values()) member.disconnected(peer);
    },
    onRpc,
    requestFlush: () => turn.requestFlush(flush),
  });
  const flush = () => links.flush();

  if (identity === undefined) {
    log.logger.error({ data }, "this node has lost its data, and with it its votes and promises: it takes no part");
  } else {
    for (const machine of Object.values(groups)) {
      const storage = openGroupLog(configuration, identity, machine.name, log, onFatal);
      storages.push(storage);
      const voters = nodes.map((node) => node.id);
      members.set(machine.name, new MemberGroup({ id, voters, machine, storage, links, turn, log }));
    }
    writeIdentity(data, { cluster, id, groups: [...members.keys()] });
  }

  const server = new Server(channelOptions);
  const streams = new CoreStreams(members, turn);
  const coreServer: CoreServer = { exchange: (call) => streams.accept(call) };
  const peerServer: PeerServer = { exchange: (call) => links.accept(call) };
  const control = new ControlService(id, [...members.values()], links.cuts);
  const controlServer: NodeControlServer = {
    status: (call, answer) => control.status(call, answer),
    setLinks: (call, answer) => control.setLinks(call, answer),
  };
  server.addService(CoreService, coreServer);
  server.addService(PeerService, peerServer);
  server.addService(NodeControlService, controlServer);
  const journal = members.get(groups.journal.name);
  if (journal !== undefined) {
    const text = new RaftClientService(journal, (source) =>
      log.line(`Node ${id} runs RPC ClientRequest called by Node ${source}.`),
    );
    const raftClient: RaftClientServer = { clientRequest: (call, answer) => void text.clientRequest(call, answer) };
    const raftService: RaftServiceServer = {
      submitOperation: (call, answer) => void text.submitOperation(call, answer),
    };
    server.addService(RaftClientDefinition, raftClient);
    server.addService(RaftServiceService, raftService);
  }
  await listen(server, host, port);
  if (identity !== undefined) links.start();
  const ticker = setInterval(() => {
    for (const member of members.values()) member.tick();
  }, TICK_MS);
  log.logger.info({ pid: process.pid, address: `${host}:${port}` }, "node is up");

  return {
    close: async () => {
      clearInterval(ticker);
      streams.close();
      links.close();
      server.forceShutdown();
      await Promise.all(storages.map((storage) => storage.close()));
    },
  };
}

function openGroupLog(
  { data }: NodeConfiguration,
  identity: Identity,
  group: string,
  log: NodeLog,
  onFatal: (error: Error) => void,
): LogStorage {
  const folder = join(data, "groups", group);
  if (identity.groups.includes(group) && !existsSync(folder)) {
    throw new DamagedLog(folder, 0, "the log that was here is gone");
  }
  const storage = openWriteAheadLog(folder, { onFailure: onFatal });
  if (storage.repaired !== undefined) log.logger.warn({ group, ...storage.repaired }, "cut a torn tail off the log");
  return storage;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(new PortInUse(host, port, error.message));
    });
  });
}
