/** What a node with its data is: a member of every group, and a participant in transactions. */
import { join } from "node:path";
import type { NodeConfiguration } from "../configuration.ts";
import { groups } from "../groups.ts";
import type { LogStorage } from "../replica/log-storage.ts";
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
  /** By node id. */
  readonly #addresses: Map<number, string>;
  readonly #links: PeerLinks;

  /** @throws {DamagedLog} */
  constructor(options: MemberOptions) {
    const { configuration, links, turn, log } = options;
    const { id, nodes, data, cluster } = configuration;
    this.#links = links;
    this.#addresses = new Map(nodes.map((node) => [node.id, node.address]));
    // A folder that was made before identities named the founders has those it is told of.
    const members = options.identity.founding ?? nodes.map((node) => ({ ...node, voter: true }));
    const founding = { members };
    const { disk } = options.identity;
    const storages: LogStorage[] = [];
    const open = (name: string, covered = 0) => {
      const storage = openLog(name, options, covered);
      storages.push(storage);
      return storage;
    };
    this.groups = new Map(
      Object.values(groups).map((machine) => {
        const { name } = machine;
        const snapshots = openSnapshots(name, this.#addresses, options);
        const storage = open(name, snapshots.newest?.head.index);
        const { snapshots: snapshotPolicy, leases } = configuration;
        const leaseDrift = leases?.driftPercent;
        return [
          name,
          new MemberGroup({
            id,
            disk: disk ?? "",
            founding,
            machine,
            storage,
            snapshots,
            snapshotPolicy,
            leaseDrift,
            links,
            turn,
            log,
          }),
        ];
      }),
    );
    this.pictures = Pictures.open({
      configuration,
      expected: options.identity.groups.includes(Pictures.NAME),
      addresses: this.#addresses,
      members: () => this.groups.get(groups.pictures.name)?.replica.membership.members.map((member) => member.id) ?? [],
      channel: () => this.transactions.channel,
      log,
      onFatal: options.onFatal,
    });
    this.transactions = new Transactions({
      configuration,
      // It has its own checkpoints: where it begins, they say.
      storage: open(PROMISES, Number.POSITIVE_INFINITY),
      groups: this.groups,
      resources: this.pictures ? [this.pictures.store] : [],
      lost: () => links.lost,
      onRequest: pictureLog(configuration, log),
      log,
    });
    this.#storages = storages;
    const made = this.pictures ? [PROMISES, Pictures.NAME] : [PROMISES];
    writeIdentity(data, {
      cluster,
      id,
      groups: [...this.groups.keys(), ...made],
      founding: members,
      ...(disk !== undefined && { disk }),
    });
  }

  tick(): void {
    for (const group of this.groups.values()) {
      group.tick();
      for (const { id, address } of group.newMembers()) this.#know(id, address);
    }
    this.transactions.tick();
  }

  /** As of raft.ts, in every group; and no transaction waits here for its outcome. */
  isCalm(ticks: number): boolean {
    for (const group of this.groups.values()) if (!group.isCalm(ticks)) return false;
    return this.transactions.settled;
  }

  /** Of all groups, as of member-group.ts. */
  get work(): number {
    let work = 0;
    for (const group of this.groups.values()) work += group.work;
    return work;
  }

  /** Hands over what this node leads, so that who stops it costs the others no election timeout. Resolves when it is done, or takes too long. */
  async handOver(): Promise<void> {
    await Promise.all([...this.groups.values()].map((group) => group.handOver()));
  }

  #know(id: number, address: string): void {
    if (this.#addresses.has(id)) return;
    this.#addresses.set(id, address);
    this.#links.know(id, address);
    this.transactions.know(id, address);
  }

  async close(): Promise<void> {
    this.transactions.close();
    this.pictures?.close();
    for (const group of this.groups.values()) group.close();
    await Promise.all(this.#storages.map((storage) => storage.close()));
  }
}

/** @throws {DamagedSnapshot} */
function openSnapshots(
  group: string,
  addresses: ReadonlyMap<number, string>,
  { configuration, links, log, onFatal }: MemberOptions,
): SnapshotFiles {
  const { cluster, data } = configuration;
  const transfer = { cluster, group, addressOf: (id: number) => addresses.get(id), cuts: links.cuts };
  return new SnapshotFiles({
    folder: join(data, "groups", group, "snapshots"),
    machine: group,
    source: (from, index, offset) => fetchSnapshot(transfer, from, index, offset),
    onStep: (step) => reachFaultPoint(`snapshot:${step}`, group),
    onFailure: onFatal,
    onBroken: (error) => log.logger.warn({ group, reason: error.message }, "the transfer of a snapshot broke"),
  });
}

function openLog(name: string, { configuration, identity, log, onFatal }: MemberOptions, covered: number): LogStorage {
  const folder = join(configuration.data, "groups", name);
  if (identity.groups.includes(name) && !logExists(folder)) {
    throw new DamagedLog(folder, 0, "the log that was here is gone");
  }
  const storage = openWriteAheadLog(folder, { onFailure: onFatal, covered });
  if (storage.repaired !== undefined)
    log.logger.warn({ log: name, ...storage.repaired }, "cut a torn tail off the log");
  return storage;
}
