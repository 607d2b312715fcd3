/** The narrow way between a function and the bytes on the nodes; streams, whatever carries them. */
import type { PictureOperation, PictureType } from "../wire/picture-operation.ts";
import type { Rejection } from "../wire/rejection.ts";

export type { PictureOperation, PictureType, Rejection };

/** Laid ready on nodes; a transaction stores it. */
export interface StagedPicture {
  /** As the client sent it. */
  readonly name: string;
  readonly type: PictureType;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** `no-file`: the form has no such field, or the field has no file name. `malformed`: it is no form. */
export type UploadRefusal = Rejection | "no-file" | "malformed";

export type UploadReply =
  | { readonly ok: true; readonly staged: StagedPicture }
  | { readonly ok: false; readonly refusal: UploadRefusal; readonly detail: string };

export interface UploadRequest {
  /** Of the body: a form with one file in the field `file`. */
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
  /** Each of them is to have it ready. */
  readonly nodes: readonly number[];
}

export interface ReadBlobRequest {
  readonly filename: string;
  /** Asked in this order until one has it. */
  readonly nodes: readonly number[];
  readonly thumbnail: boolean;
}

export interface ReadBlob {
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly body: ReadableStream<Uint8Array>;
}

export interface ReplicaState {
  readonly node: number;
  readonly state: "held" | "absent" | "unreached";
}

/** All resolve, and within a bounded time; a body that breaks off is an error of its stream. */
export interface BlobChannel {
  /** The picture nodes, ascending. */
  nodes(): Promise<readonly number[]>;
  upload(request: UploadRequest): Promise<UploadReply>;
  /** Undefined when none of the nodes that can be reached has it. */
  read(request: ReadBlobRequest): Promise<ReadBlob | undefined>;
  /** What each picture node says. */
  replicas(filename: string): Promise<readonly ReplicaState[]>;
  /** A picture node that answers. */
  reachable(): Promise<number | undefined>;
}

/** Where there are no picture nodes. */
export const noBlobs: BlobChannel = {
  nodes: async () => [],
  upload: async () => ({ ok: false, refusal: "unreached", detail: "there is no picture node" }),
  read: async () => undefined,
  replicas: async () => [],
  reachable: async () => undefined,
};
