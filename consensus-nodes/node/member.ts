/** What a node with its data is: a member of every group, and a participant in transactions. */
import { join } from "node:path";
import type { NodeConfiguration } from "../configuration.ts";
import { groups } from "../groups.ts";
import type { LogStorage, TermRun } from "../replica/log-storage.ts";
import { SnapshotFiles } from "../replica/snapshots/snapshot-files.ts";
import { DamagedLog } from "../replica/write-ahead-log/damaged-log.ts";
import { logExists } from "../replica/write-ahead-log/segment-files.ts";
import { openWriteAheadLog } from "../replica/write-ahead-log/write-ahead-log.ts";
import type { PeerLinks } from "../transport/peer-links.ts";
import { fetchSnapshot } from "../transport/snapshot-transfer.ts";
import { reachFaultPoint } from "./fault-point.ts";
import { type Identity, writeIdentity } from "./identity.ts";
import { MemberGroup } from "./member-group.ts";
import type { NodeLog } from "./node-log.ts";
import { Pictures, pictureLog } from "./pictures.ts";
import { Transactions } from "./transactions.ts";
import type { Turn } from "./turn.ts";

/** The log of what this node itself promised; it stands beside the groups' logs. */
const PROMISES = "promises";

export interface MemberOptions {
  readonly configuration: NodeConfiguration;
  readonly identity: Identity;
  readonly links: PeerLinks;
  readonly turn: Turn;
  readonly log: NodeLog;
  /** A write to a log failed. */
  readonly onFatal: (error: Error) => void;
}

export class Member {
  readonly groups: ReadonlyMap<string, MemberGroup>;
  readonly transactions: Transactions;
  /** Undefined on a node that holds none. */
  readonly pictures: Pictures | undefined;
  readonly #storages: readonly LogStorage[];

  /** @throws {DamagedLog} */
  constructor(options: MemberOptions) {
    const { configuration, links, turn, log } = options;
    const { id, nodes, data, cluster } = configuration;
    const founding = { members: nodes.map((node) => ({ ...node, voter: true })) };
    const storages: LogStorage[] = [];
    const open = (name: string, snapshot?: TermRun) => {
      const storage = openLog(name, options, snapshot);
      storages.push(storage);
      return storage;
    };
    this.groups = new Map(
      Object.values(groups).map((machine) => {
        const { name } = machine;
        const snapshots = openSnapshots(name, options);
        const storage = open(name, snapshots.newest?.head);
        const { snapshots: snapshotPolicy } = configuration;
        return [name, new MemberGroup({ id, founding, machine, storage, snapshots, snapshotPolicy, links, turn, log })];
      }),
    );
    this.pictures = Pictures.open({
      configuration,
      expected: options.identity.groups.includes(Pictures.NAME),
      channel: () => this.transactions.channel,
      log,
      onFatal: options.onFatal,
    });
    this.transactions = new Transactions({
      configuration,
      storage: open(PROMISES),
      groups: this.groups,
      resources: this.pictures ? [this.pictures.store] : [],
      onRequest: pictureLog(configuration, log),
      log,
    });
    this.#storages = storages;
    const made = this.pictures ? [PROMISES, Pictures.NAME] : [PROMISES];
    writeIdentity(data, { cluster, id, groups: [...this.groups.keys(), ...made] });
  }

  tick(): void {
    for (const group of this.groups.values()) group.tick();
  }

  async close(): Promise<void> {
    this.transactions.close();
    this.pictures?.close();
    for (const group of this.groups.values()) group.close();
    await Promise.all(this.#storages.map((storage) => storage.close()));
  }
}

/** @throws {DamagedSnapshot} */
function openSnapshots(group: string, { configuration, links, log, onFatal }: MemberOptions): SnapshotFiles {
  const { cluster, data, nodes } = configuration;
  const addressOf = (id: number) => nodes.find((node) => node.id === id)?.address;
  const transfer = { cluster, group, addressOf, cuts: links.cuts };
  return new SnapshotFiles({
    folder: join(data, "groups", group, "snapshots"),
    machine: group,
    source: (from, index, offset) => fetchSnapshot(transfer, from, index, offset),
    onStep: (step) => reachFaultPoint(`snapshot:${step}`, group),
    onFailure: onFatal,
    onBroken: (error) => log.logger.warn({ group, reason: error.message }, "the transfer of a snapshot broke"),
  });
}

function openLog(
  name: string,
  { configuration, identity, log, onFatal }: MemberOptions,
  snapshot: TermRun | undefined,
): LogStorage {
  const folder = join(configuration.data, "groups", name);
  if (identity.groups.includes(name) && !logExists(folder)) {
    throw new DamagedLog(folder, 0, "the log that was here is gone");
  }
  const storage = openWriteAheadLog(folder, { onFailure: onFatal, ...(snapshot && { snapshot }) });
  if (storage.repaired !== undefined)
    log.logger.warn({ log: name, ...storage.repaired }, "cut a torn tail off the log");
  return storage;
}
