/** What makes a node a picture node: its pictures, and the services about them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Server } from "@grpc/grpc-js";
import { BlobsService } from "../../proto/generated/blobs.ts";
import { PictureServiceService } from "../../proto/generated/pictures.ts";
import { BlobService } from "../blobs/blob-service.ts";
import { Images } from "../blobs/images.ts";
import { Ingest } from "../blobs/ingest.ts";
import { PictureService } from "../blobs/picture-service.ts";
import { PictureStore } from "../blobs/picture-store.ts";
import { Repair } from "../blobs/repair.ts";
import { Thumbnails } from "../blobs/thumbnails.ts";
import { BlobStubs } from "../client/blob-stubs.ts";
import { bindCore, type Core } from "../client/core.ts";
import type { CoreChannel } from "../client/core-channel.ts";
import type { NodeConfiguration } from "../configuration.ts";
import { DamagedLog } from "../replica/write-ahead-log/damaged-log.ts";
import type { LocalParticipant } from "../two-phase-commit/local-participant.ts";
import { pictureNodes } from "../wire/picture-nodes.ts";
import { parsePictureOperation } from "../wire/picture-operation.ts";
import { printable } from "../wire/printable.ts";
import type { NodeLog } from "./node-log.ts";

/** Milliseconds for what a picture node asks of a group. */
const CORE_TIMEOUT_MS = 3000;

export interface PicturesOptions {
  readonly configuration: NodeConfiguration;
  /** They were here before: a folder that is gone was lost. */
  readonly expected: boolean;
  /** Of all nodes, by id, as they are at the moment. */
  readonly addresses: ReadonlyMap<number, string>;
  /** Ids of the nodes that are of the cluster at the moment. */
  readonly members: () => readonly number[];
  /** Asked for when there is work. */
  readonly channel: () => CoreChannel;
  readonly log: NodeLog;
  readonly onFatal: (error: Error) => void;
}

export class Pictures {
  /** Its name among what the node's identity says was made here. */
  static readonly NAME = "pictures on disk";
  readonly store: PictureStore;
  readonly #options: PicturesOptions;
  readonly #images = new Images();
  readonly #stubs: BlobStubs;
  #repair: Repair | undefined;

  /** Undefined for a node that holds no pictures. @throws {DamagedLog} */
  static open(options: PicturesOptions): Pictures | undefined {
    const { id, nodes } = options.configuration;
    return pictureNodes(nodes.map((node) => node.id)).includes(id) ? new Pictures(options) : undefined;
  }

  private constructor(options: PicturesOptions) {
    const { configuration, expected, addresses, onFatal } = options;
    const { id, data, vote } = configuration;
    const folder = join(data, "pictures");
    if (expected && !existsSync(folder)) throw new DamagedLog(folder, 0, "the pictures that were here are gone");
    this.#options = options;
    this.#stubs = new BlobStubs(addresses);
    this.store = new PictureStore({
      folder,
      onFailure: onFatal,
      voteAbort: (transaction) => vote.abortAll || vote.abort.includes(transaction),
      tellCatalog: async (filename) => {
        await this.#core().pictures.removeFrom({ filename, node: id });
      },
    });
  }

  addServices(server: Server, participant: LocalParticipant): void {
    const { store } = this;
    const { configuration, members, log } = this.#options;
    const { id, rpcLog } = configuration;
    const logger = log.logger.child({ part: "pictures" });
    const onFailure = (error: unknown) => logger.error({ err: error }, "a request failed");
    store.keepPromised(participant.waiting);
    const ingest = new Ingest({ id, store, images: this.#images, stubs: this.#stubs });
    const thumbnails = new Thumbnails(store, this.#images);
    server.addService(BlobsService, new BlobService({ store, ingest, thumbnails, onFailure }).server);
    const service = new PictureService({
      id,
      pictureNodes: () => pictureNodes(members()),
      store,
      ingest,
      participant,
      core: () => this.#core(),
      onCall: (rpc, coordinator) => {
        if (rpcLog !== "off") log.line(`Node ${id} runs RPC ${rpc} called by Node ${printable(coordinator)}`);
      },
      onFailure,
    });
    server.addService(PictureServiceService, service.server);
    this.#repair = new Repair({
      id,
      isPictureNode: () => pictureNodes(members()).includes(id),
      store,
      stubs: this.#stubs,
      core: () => this.#core(),
      onRepaired: (filename) => logger.info({ filename }, "a picture that was missing is here now"),
      onLost: (filename) => logger.error({ filename }, "a picture that only this node held is lost"),
      onFailure,
    });
    void this.#repair.run();
  }

  close(): void {
    this.#repair?.close();
    this.store.close();
    this.#images.close();
    this.#stubs.close();
  }

  #core(): Core {
    return bindCore(this.#options.channel(), { deadline: Date.now() + CORE_TIMEOUT_MS });
  }
}

const RPC = { vote: "VoteRequest", commit: "GlobalCommit", abort: "GlobalAbort" } as const;

/** The line that a coordinator leaves for each picture node it asks or tells about pictures. */
export function pictureLog(
  { id, rpcLog }: NodeConfiguration,
  log: NodeLog,
): (request: keyof typeof RPC, node: number, operation: string) => void {
  return (request, node, operation) => {
    if (rpcLog === "off" || parsePictureOperation(operation) === undefined) return;
    log.line(`Node ${id} sends RPC ${RPC[request]} to Node ${node}`);
  };
}
