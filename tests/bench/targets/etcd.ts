/** An etcd cluster. All connections go to the leader, which is what suits etcd best. */
import { EtcdCluster } from "./etcd-cluster.ts";
import { etcdPutProtocol } from "./etcd-put.ts";
import { missingProgram } from "./on-path.ts";
import type { Target } from "./target.ts";

export function etcd(nodes: number): Target {
  return {
    kind: "etcd",
    name: "etcd",
    nodes,
    missing: () => missingProgram("etcd", "etcd-server"),
    async start(parent) {
      const cluster = await EtcdCluster.start(parent, nodes);
      return {
        async load() {
          const port = await cluster.leader();
          if (port === undefined) throw new Error("etcd has no leader");
          return { port, protocol: etcdPutProtocol(port) };
        },
        end: () => cluster.end(),
      };
    },
  };
}
