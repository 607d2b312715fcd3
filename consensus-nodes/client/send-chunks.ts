/** Bytes into a client's gRPC stream, as fast as the other end takes them. */
import { once } from "node:events";
import type { ClientWritableStream } from "@grpc/grpc-js";

/**
 * Resolves when all is written, or when the call has ended before: its status says why. The caller half-closes.
 * @param ended resolves when the call has its status.
 * @throws what reading the bytes throws.
 */
export async function sendChunks<Message>(
  call: ClientWritableStream<Message>,
  ended: Promise<unknown>,
  chunks: AsyncIterable<Buffer>,
  message: (chunk: Buffer) => Message,
): Promise<void> {
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  for await (const chunk of chunks) {
    if (over) return;
    if (!call.write(message(chunk))) await Promise.race([once(call, "drain").catch(() => {}), end]);
  }
}
