/** Where everything of one stack lies. Who knows a name in the folder knows it from here. */
import { join, relative, resolve } from "node:path";

export class DataFolder {
  /** Absolute. */
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Which cluster the nodes belong to, from the moment all of them exist. */
  get cluster(): string {
    return join(this.path, "cluster.json");
  }

  /** The same, while the nodes are made for the first time. */
  get founding(): string {
    return join(this.path, "cluster.founding.json");
  }

  /** Where the running stack listens. */
  get stack(): string {
    return join(this.path, "stack.json");
  }

  /** Unix socket: the lock on the folder, and the way to the stack that holds it. */
  get door(): string {
    return join(this.path, "control.sock");
  }

  /** What tokens are signed with. */
  get key(): string {
    return join(this.path, "key.json");
  }

  get nodes(): string {
    return join(this.path, "nodes");
  }

  get logs(): string {
    return join(this.path, "logs");
  }

  /** What a node must not forget. */
  node(id: number): string {
    return join(this.nodes, String(id));
  }

  nodeLog(id: number): string {
    return join(this.logs, `node-${id}.log`);
  }

  /** Standard output and standard error of a node: empty unless something went wrong. */
  nodeOutput(id: number): string {
    return join(this.logs, `node-${id}.out`);
  }

  get gatewayLog(): string {
    return join(this.logs, "gateway.log");
  }

  /** All that a reset removes. What is not listed was put there by somebody else. */
  get contents(): readonly string[] {
    return [this.nodes, this.logs, this.cluster, this.founding, this.stack, this.key];
  }

  /** For messages: as short as it can be written from here. */
  toString(): string {
    const path = relative(process.cwd(), this.path);
    return path === "" || path.startsWith("..") ? this.path : path;
  }
}
