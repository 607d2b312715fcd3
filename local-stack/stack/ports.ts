/** Every port of a stack. */

export interface Ports {
  /** REST. */
  readonly gateway: number;
  /** gRPC for clients. The stack starts without the second one when it is taken. */
  readonly ingress: readonly [number, number];
  /** By node id. */
  readonly nodes: readonly number[];
  /** By node id: extra doors to what stands on the node's own port too. The stack starts without those that are taken. */
  readonly doors: readonly Doors[];
}

/** Of one node, for two-phase commit. */
export interface Doors {
  readonly vote?: number;
  readonly decision?: number;
  readonly control?: number;
}

/** A block has ten places for nodes. */
export const MAX_NODES = 10;
/** A block reaches to its control ports: P + 40 + id. */
const BLOCK = 50;
export const HIGHEST_BASE = 65_535 - BLOCK + 1;

const usual = { gateway: 8080, ingress: [50051, 9090], node: 9000, vote: 6000, decision: 7000, control: 6100 } as const;
const block = { gateway: 0, ingress: [1, 2], node: 10, vote: 20, decision: 30, control: 40 } as const;

export interface PortChoice {
  /** Moves every port into a block that starts there. */
  readonly base?: number | undefined;
  readonly gateway?: number | undefined;
  /** The first ingress. */
  readonly ingress?: number | undefined;
}

export function choosePorts(choice: PortChoice, nodes: number): Ports {
  const places = choice.base === undefined ? usual : block;
  const base = choice.base ?? 0;
  return {
    gateway: choice.gateway ?? base + places.gateway,
    ingress: [choice.ingress ?? base + places.ingress[0], base + places.ingress[1]],
    nodes: Array.from({ length: nodes }, (_, id) => base + places.node + id),
    doors: Array.from({ length: nodes }, (_, id) => ({
      vote: base + places.vote + id,
      decision: base + places.decision + id,
      control: base + places.control + id,
    })),
  };
}
