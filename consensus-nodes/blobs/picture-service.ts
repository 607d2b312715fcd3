/** proto/pictures.proto on one picture node: what changes pictures changes them here, and in the catalog, in one transaction. */
import { createHash } from "node:crypto";
import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import type {
  Ack,
  DecisionArgs,
  ListResponse,
  PictureServiceServer,
  SearchResponse,
  UploadRequest,
  UploadResponse,
  VoteArgs,
  VoteReply,
} from "../../proto/generated/pictures.ts";
import type { Core } from "../client/core.ts";
import { CoreError } from "../client/core-failure.ts";
import { safeFilename } from "../client/picture-name.ts";
import type { LocalParticipant } from "../two-phase-commit/local-participant.ts";
import { MAX_PICTURE_BYTES } from "../wire/picture-limits.ts";
import { type PictureOperation, PictureType } from "../wire/picture-operation.ts";
import { isRejection, type Rejection } from "../wire/rejection.ts";
import { MAX_TRANSACTION_ID } from "../wire/transaction-call.ts";
import type { Ingest } from "./ingest.ts";
import type { PictureStore } from "./picture-store.ts";

/** For a coordinator outside: from the first vote to its decision. */
const DECISION_TIMEOUT_MS = 30_000;

export interface PictureServiceOptions {
  readonly id: number;
  /** As they are at the moment. */
  readonly pictureNodes: () => readonly number[];
  readonly store: PictureStore;
  readonly ingest: Ingest;
  readonly participant: LocalParticipant;
  /** A fresh one for each request. */
  readonly core: () => Core;
  /** `VoteRequest` and decisions of coordinators outside. */
  readonly onCall: (rpc: string, coordinator: string) => void;
  readonly onFailure: (error: unknown) => void;
}

export class PictureService {
  readonly #options: PictureServiceOptions;
  readonly #node: string;

  constructor(options: PictureServiceOptions) {
    this.#options = options;
    this.#node = String(options.id);
  }

  get server(): PictureServiceServer {
    const serve =
      <Q, A>(method: (request: Q) => Promise<A>) =>
      (call: ServerUnaryCall<Q, A>, answer: sendUnaryData<A>) =>
        this.#settle(method(call.request), answer);
    return {
      upload: serve((request) => this.#upload(request)),
      search: serve(({ filename }) => this.#search(filename)),
      download: serve(async ({ filename }) => {
        const data = await this.#read(filename);
        return { data: data ?? Buffer.alloc(0), found: data !== undefined };
      }),
      delete: serve(async ({ filename }) => ({ success: await this.#delete(filename) })),
      like: serve(async ({ filename }) => {
        const safe = safeFilename(filename);
        const liked = safe === undefined ? undefined : await this.#options.core().pictures.like({ filename: safe });
        return { success: liked?.outcome === "liked", likes: liked?.likes ?? 0 };
      }),
      list: serve(() => this.#list()),
      health: serve(async () => ({ status: "healthy", node: this.#node })),
      voteRequest: serve((request) => this.#vote(request)),
      globalCommit: serve((request) => this.#decide(request, true)),
      globalAbort: serve((request) => this.#decide(request, false)),
    };
  }

  async #upload({ filename, data }: UploadRequest): Promise<UploadResponse> {
    const safe = safeFilename(filename);
    if (safe === undefined) throw new Refused(status.INVALID_ARGUMENT, "filename must name a file");
    const { id, ingest, core } = this.#options;
    const { rejection, detail, type, size, sha256 } = await ingest.run(chunksOf(data), [id]);
    if (isRejection(rejection)) throw new Refused(STATUS[rejection], detail);
    const picture = { filename: safe, sha256, size, type: PictureType.parse(type) };
    const reply = await core().transact([
      { group: "pictures", command: "put", input: { ...picture, nodes: [id] } },
      this.#here({ pictures: "store", ...picture }),
    ]);
    if (reply.kind === "committed") return { success: true, node: this.#node };
    if (reply.kind === "unknown") throw new Refused(status.UNAVAILABLE, reply.reason);
    throw new Refused(status.ALREADY_EXISTS, `nothing was stored: ${reply.reason}`);
  }

  async #search(filename: string): Promise<SearchResponse> {
    const safe = safeFilename(filename);
    const found = safe === undefined ? null : await this.#options.core().pictures.find({ filename: safe });
    if (found === null) return { found: false, node: "", likes: 0 };
    return { found: true, node: String(found.nodes[0]), likes: found.likes };
  }

  async #read(filename: string): Promise<Buffer | undefined> {
    const safe = safeFilename(filename);
    const opened = safe === undefined ? undefined : await this.#options.store.open(safe);
    if (opened === undefined) return undefined;
    try {
      return await opened.file.readFile();
    } finally {
      await opened.file.close();
    }
  }

  async #delete(filename: string): Promise<boolean> {
    const { id, store, core } = this.#options;
    const safe = safeFilename(filename);
    if (safe === undefined || store.find(safe) === undefined) return false;
    const reply = await core().transact([
      { group: "pictures", command: "removeFrom", input: { filename: safe, node: id } },
      this.#here({ pictures: "remove", filename: safe }),
    ]);
    if (reply.kind === "unknown") throw new Refused(status.UNAVAILABLE, reply.reason);
    return reply.kind === "committed";
  }

  async #list(): Promise<ListResponse> {
    const held = await this.#options.core().pictures.list({});
    const entries = held.map(({ filename, likes, nodes }) => [filename, { likes, node: String(nodes[0]) }] as const);
    return { pictures: Object.fromEntries(entries) };
  }

  /** The transaction is begun in the log of transactions by the first node that is asked, so its decision has a place to stand. */
  async #vote({ transactionId, coordinatorId, filename }: VoteArgs): Promise<VoteReply> {
    requireId(transactionId);
    const { participant, pictureNodes, core, onCall } = this.#options;
    onCall("VoteRequest", coordinatorId);
    const no = (reason: string): VoteReply => ({ voteGranted: false, nodeId: this.#node, reason });
    const safe = safeFilename(filename);
    if (safe === undefined) return no("the picture is not here");
    const begun = await core().transactions.begin({
      id: transactionId,
      participants: pictureNodes().map((node) => `node:${node}`),
      fingerprint: createHash("sha256").update(`remove ${safe}`).digest("hex"),
      coordinator: coordinatorId.slice(0, 128),
      timeout: DECISION_TIMEOUT_MS,
    });
    if (begun.outcome === "conflict") return no("the transaction is about something else");
    if (begun.outcome === "full") return no("too many transactions are open");
    const operation: PictureOperation = { pictures: "remove", filename: safe, tell: true };
    const vote = await participant.prepare(transactionId, coordinatorId, JSON.stringify(operation));
    return vote.yes ? { voteGranted: true, nodeId: this.#node, reason: "" } : no(vote.reason);
  }

  /** Whatever node is told first writes the decision; the others carry out what is written. */
  async #decide({ transactionId, coordinatorId }: DecisionArgs, commit: boolean): Promise<Ack> {
    requireId(transactionId);
    const { id, participant, core, onCall } = this.#options;
    onCall(commit ? "GlobalCommit" : "GlobalAbort", coordinatorId);
    const { transactions } = core();
    const decided = await transactions.decide({ id: transactionId, commit, votes: {}, reason: "" });
    const outcome = await participant.decide(transactionId, decided.commit);
    if (outcome.kind === "acknowledged") {
      await transactions.acknowledge({ id: transactionId, participants: [`node:${id}`] });
    }
    return { success: outcome.kind === "acknowledged" && decided.commit === commit, nodeId: this.#node };
  }

  #here(operation: PictureOperation) {
    return { node: this.#options.id, operation: JSON.stringify(operation) };
  }

  #settle<T>(work: Promise<T>, answer: sendUnaryData<T>): void {
    work.then(
      (reply) => answer(null, reply),
      (error: unknown) => {
        if (error instanceof Refused) return answer({ code: error.code, details: error.message });
        if (error instanceof CoreError) return answer({ code: status.UNAVAILABLE, details: error.message });
        this.#options.onFailure(error);
        answer({ code: status.INTERNAL, details: "the node failed; its log has the reason" });
      },
    );
  }
}

/** An answer with a status of its own. */
class Refused extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

const STATUS: Readonly<Record<Rejection, status>> = {
  "not-a-picture": status.INVALID_ARGUMENT,
  broken: status.INVALID_ARGUMENT,
  "too-large": status.RESOURCE_EXHAUSTED,
  "too-many-pixels": status.RESOURCE_EXHAUSTED,
  busy: status.RESOURCE_EXHAUSTED,
  unreached: status.UNAVAILABLE,
};

async function* chunksOf(data: Buffer): AsyncGenerator<Buffer> {
  // One byte beyond the limit is enough to be refused.
  yield data.subarray(0, MAX_PICTURE_BYTES + 1);
}

function requireId(id: string): void {
  if (id === "" || id.length > MAX_TRANSACTION_ID) {
    throw new Refused(status.INVALID_ARGUMENT, `transaction_id must be 1 to ${MAX_TRANSACTION_ID} characters`);
  }
}
