/** etcd, whose clients write through the members that do not lead. */
import { setTimeout as sleep } from "node:timers/promises";
import { EtcdCluster } from "../targets/etcd-cluster.ts";
import { etcdPutProtocol } from "../targets/etcd-put.ts";
import { missingProgram } from "../targets/on-path.ts";
import { BEHIND_ENTRIES, type FailoverCluster, type FailoverTarget, NODES, type Survey } from "./failover-target.ts";

/** As systemd does by default, and our supervisor. */
const RESTART_AFTER_MS = 100;

export const etcd: FailoverTarget = {
  name: "etcd",
  missing: () => missingProgram("etcd", "etcd-server"),
  start: async (parent) => new EtcdFailover(await EtcdCluster.start(parent, NODES)),
};

/** Members are named by the ports of their clients. */
class EtcdFailover implements FailoverCluster {
  readonly #cluster: EtcdCluster;
  #ports: readonly number[] = [];

  constructor(cluster: EtcdCluster) {
    this.#cluster = cluster;
  }

  async survey(): Promise<Survey | undefined> {
    const answers = await this.#cluster.members();
    const members = answers.filter((member) => member !== undefined);
    const [first] = members;
    if (first === undefined || members.length < answers.length) return undefined;
    const { leader, term } = first;
    const last = Math.max(...members.map(({ index }) => index));
    const isWell = members.every(
      (member) => member.leader === leader && member.term === term && member.applied >= last - BEHIND_ENTRIES,
    );
    const leading = members.find(({ isLeader }) => isLeader);
    if (leading === undefined || !isWell) return undefined;
    this.#ports = members.map(({ port }) => port);
    const written = { name: "etcd", leader: leading.port, term };
    return { written, groups: [written] };
  }

  doors(leader: number) {
    const surviving = this.#ports.filter((port) => port !== leader);
    return surviving.map((port) => ({ port, protocol: etcdPutProtocol(port) }));
  }

  async kill(node: number): Promise<void> {
    await this.#cluster.endMember(node, "SIGKILL");
    await sleep(RESTART_AFTER_MS);
    this.#cluster.restartMember(node);
  }

  async stop(node: number): Promise<void> {
    await this.#cluster.endMember(node, "SIGTERM");
    this.#cluster.restartMember(node);
  }

  end(): Promise<void> {
    return this.#cluster.end();
  }
}
