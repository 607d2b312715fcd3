/**
 * The catalog of shared pictures: what each is, how often it was liked, which nodes hold its bytes. The bytes are on the nodes'
 * disks; one transaction changes both. Wire and semantics: shared/contracts/pictures.md.
 */
import * as z from "zod";
import { type ApplyContext, command, defineMachine, query } from "./machine.ts";

/** Pictures in all: bounds the state and the answer of `list`. */
export const MAX_PICTURES = 10_000;
const MAX_LIKES = 2 ** 31 - 1;
/** Nodes that can hold one picture. */
const MAX_NODES = 64;

const Name = z.object({ filename: z.string().min(1).max(255) });
const Node = z.int().min(0);
const Put = Name.extend({
  type: z.string().max(64),
  size: z.int().min(1),
  sha256: z.string().length(64),
  /** They store it in the same transaction. */
  nodes: z.array(Node).min(1).max(MAX_NODES),
  /** It is meant for every picture node, also for those that come later. */
  everywhere: z.literal(true).optional(),
});
/** `gone`: the node itself is; what is meant for every node still is. */
const RemoveFrom = Name.extend({ node: Node, gone: z.literal(true).optional() });
const Confirm = Name.extend({ node: Node, sha256: z.string().length(64) });

const Picture = z.object({
  filename: z.string(),
  /** Media type, by the picture's bytes. */
  type: z.string(),
  /** Bytes. */
  size: z.int(),
  sha256: z.string(),
  /** Milliseconds since the epoch. */
  uploaded: z.int(),
  likes: z.int(),
  /** They hold it; ascending, never empty. */
  nodes: z.array(z.int()).readonly(),
  /** Meant for every picture node, until it is removed from one. */
  everywhere: z.literal(true).optional(),
});
/** Never changed, only replaced. */
export type Picture = Readonly<z.infer<typeof Picture>>;

/** By file name, in the order of upload. size <= MAX_PICTURES, but for what transactions had promised. */
type PicturesState = Map<string, Picture>;

function refusePut(state: PicturesState, put: z.infer<typeof Put>): "conflict" | "full" | undefined {
  const held = state.get(put.filename);
  if (held !== undefined) return held.sha256 === put.sha256 ? undefined : "conflict";
  return state.size >= MAX_PICTURES ? "full" : undefined;
}

function refuseConfirm(
  state: PicturesState,
  { filename, sha256, node }: z.infer<typeof Confirm>,
): "absent" | undefined {
  const held = state.get(filename);
  return held?.sha256 === sha256 && (held.everywhere || held.nodes.includes(node)) ? undefined : "absent";
}

function heldBy(picture: Picture, nodes: readonly number[]): Picture {
  return { ...picture, nodes: [...new Set([...picture.nodes, ...nodes])].sort((a, b) => a - b) };
}

function put(state: PicturesState, put: z.infer<typeof Put>, { now }: ApplyContext): Picture {
  const { filename, type, size, sha256, everywhere } = put;
  const held = state.get(filename) ?? { filename, type, size, sha256, uploaded: now, likes: 0, nodes: [] };
  const picture = { ...heldBy(held, put.nodes), ...(everywhere && { everywhere }) };
  state.set(filename, picture);
  return picture;
}

export const pictures = defineMachine({
  name: "pictures",
  initial: (): PicturesState => new Map(),
  snapshots: {
    capture: (state) => [...state.values()],
    restore: (values) => {
      const state: PicturesState = new Map();
      for (const value of values) {
        const picture = Picture.parse(value);
        state.set(picture.filename, picture);
      }
      return state;
    },
  },
  commands: {
    /** The same bytes under the same name add nodes; other bytes are refused. */
    put: command(
      Put,
      (state: PicturesState, input, context) => {
        const refusal = refusePut(state, input);
        if (refusal === "conflict" || (refusal === "full" && !context.promised)) return { outcome: refusal } as const;
        return { outcome: "stored", picture: put(state, input, context) } as const;
      },
      { keys: ({ filename }) => [filename], check: refusePut },
    ),
    /** One node no longer holds it; the last one takes the entry with it. */
    removeFrom: command(
      RemoveFrom,
      (state: PicturesState, { filename, node, gone }) => {
        const held = state.get(filename);
        if (held === undefined || !held.nodes.includes(node)) return { outcome: "absent" } as const;
        const { everywhere, ...picture } = held;
        const nodes = held.nodes.filter((other) => other !== node);
        if (nodes.length === 0) state.delete(filename);
        else state.set(filename, { ...picture, nodes, ...(gone && everywhere && { everywhere }) });
        return { outcome: "removed" } as const;
      },
      {
        keys: ({ filename }) => [filename],
        check: (state, { filename, node }) => (state.get(filename)?.nodes.includes(node) ? undefined : "absent"),
      },
    ),
    /** The node holds it from now on: refused when it is not to, or not any more. For a transaction that brings its bytes. */
    confirm: command(
      Confirm,
      (state: PicturesState, confirm) => {
        const held = state.get(confirm.filename);
        const refusal = refuseConfirm(state, confirm);
        if (held === undefined || refusal !== undefined) return { outcome: "absent" } as const;
        if (!held.nodes.includes(confirm.node)) state.set(confirm.filename, heldBy(held, [confirm.node]));
        return { outcome: "held" } as const;
      },
      { keys: ({ filename }) => [filename], check: refuseConfirm },
    ),
    removeAll: command(
      Name,
      (state: PicturesState, { filename }) => ({ outcome: state.delete(filename) ? "removed" : "absent" }) as const,
      {
        keys: ({ filename }) => [filename],
        check: (state, { filename }) => (state.has(filename) ? undefined : "absent"),
      },
    ),
    like: command(
      Name,
      (state: PicturesState, { filename }) => {
        const held = state.get(filename);
        if (held === undefined) return { outcome: "absent" } as const;
        const likes = Math.min(held.likes + 1, MAX_LIKES);
        state.set(filename, { ...held, likes });
        return { outcome: "liked", likes } as const;
      },
      {
        keys: ({ filename }) => [filename],
        check: (state, { filename }) => (state.has(filename) ? undefined : "absent"),
      },
    ),
  },
  queries: {
    /** In the order of upload. */
    list: query(z.object({}), (state: PicturesState): readonly Picture[] => [...state.values()]),
    full: query(z.object({}), (state: PicturesState) => state.size >= MAX_PICTURES),
    find: query(Name, (state: PicturesState, { filename }) => state.get(filename) ?? null),
  },
});
