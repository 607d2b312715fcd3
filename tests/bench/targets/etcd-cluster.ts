/** An etcd cluster with its default settings, whose members can be ended and started again. */
import { join } from "node:path";
import * as z from "zod";
import { freePorts } from "../../free-ports.ts";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";

const STATUS_DEADLINE_MS = 2_000;

/** As the JSON gateway tells it: 64-bit integers are text, and a 0 is left out. */
const Status = z.object({
  header: z.object({ member_id: z.string() }),
  leader: z.string().default("0"),
  raftTerm: z.coerce.number().default(0),
  raftIndex: z.coerce.number().default(0),
  raftAppliedIndex: z.coerce.number().default(0),
});

export interface EtcdMember {
  readonly port: number;
  readonly isLeader: boolean;
  /** It knows one. */
  readonly leader: string | undefined;
  readonly term: number;
  readonly index: number;
  readonly applied: number;
}

export class EtcdCluster {
  readonly #folder: string;
  /** Of clients, by member. Those for the other members follow. */
  readonly #ports: readonly number[];
  readonly #children: Child[];

  /** Resolves when all members know a leader. @param parent where its data goes @throws {Error} when it does not come up */
  static async start(parent: string, nodes: number): Promise<EtcdCluster> {
    const folder = await makeFolder(parent);
    const first = await freePorts(2 * nodes);
    const cluster = new EtcdCluster(folder, first, nodes);
    try {
      await Promise.all(
        cluster.#children.map((child) => child.ready(async () => (await cluster.leader()) !== undefined)),
      );
    } catch (error) {
      await cluster.end();
      throw error;
    }
    return cluster;
  }

  private constructor(folder: string, first: number, nodes: number) {
    this.#folder = folder;
    this.#ports = Array.from({ length: nodes }, (_, node) => first + node);
    this.#children = this.#ports.map((port) => this.#spawn(port));
  }

  /** Undefined in place of who does not answer. */
  members(): Promise<(EtcdMember | undefined)[]> {
    return Promise.all(this.#ports.map(status));
  }

  /** Port of the leader, when all members agree on one. */
  async leader(): Promise<number | undefined> {
    const members = await this.members();
    const [leader] = new Set(members.map((member) => member?.leader));
    if (leader === undefined || members.some((member) => member?.leader !== leader)) return undefined;
    return members.find((member) => member?.isLeader)?.port;
  }

  /** Resolves when the process is gone. */
  async endMember(port: number, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.#children[this.#ports.indexOf(port)]?.end(signal);
  }

  /** After its end. */
  restartMember(port: number): void {
    this.#children[this.#ports.indexOf(port)] = this.#spawn(port);
  }

  async end(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end("SIGKILL")));
    await removeFolder(this.#folder);
  }

  #spawn(port: number): Child {
    const peerOf = (port: number) => `http://127.0.0.1:${port + this.#ports.length}`;
    const name = (port: number) => `n${this.#ports.indexOf(port)}`;
    const client = `http://127.0.0.1:${port}`;
    const all = this.#ports.map((port) => `${name(port)}=${peerOf(port)}`).join(",");
    const own = ["--name", name(port), "--data-dir", join(this.#folder, name(port))];
    const clientUrls = ["--listen-client-urls", client, "--advertise-client-urls", client];
    const peerUrls = ["--listen-peer-urls", peerOf(port), "--initial-advertise-peer-urls", peerOf(port)];
    return new Child("etcd", [...own, ...clientUrls, ...peerUrls, "--initial-cluster", all], this.#folder);
  }
}

async function status(port: number): Promise<EtcdMember | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, {
      method: "POST",
      body: "{}",
      signal: AbortSignal.timeout(STATUS_DEADLINE_MS),
    });
    const { header, leader, raftTerm, raftIndex, raftAppliedIndex } = Status.parse(await response.json());
    return {
      port,
      isLeader: header.member_id === leader,
      leader: leader === "0" ? undefined : leader,
      term: raftTerm,
      index: raftIndex,
      applied: raftAppliedIndex,
    };
  } catch {
    return undefined;
  }
}
