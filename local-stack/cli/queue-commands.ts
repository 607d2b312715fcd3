/** What `tutti queue …` does: calls of queue.QueueService, and their replies on a terminal. */
import { type QueueResponse, QueueServiceClient, type Track } from "../../proto/generated/queue.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { callGrpc } from "./grpc-call.ts";
import { connect, type GrpcTarget } from "./grpc-target.ts";
import { print, printable, printJson, table } from "./output.ts";

type Target = GrpcTarget & { readonly json?: true | undefined };

/** What the contract answers when the track was not queued. */
const NO_LEADER = "No Leader Elected Yet";

export async function add(options: Target & Pick<Track, "id" | "title" | "artist" | "duration">): Promise<void> {
  const { id, title, artist, duration } = options;
  const client = await connect(QueueServiceClient, options);
  const reply = await callGrpc(client, client.addTrack, { id, title, artist, duration, votes: 0 });
  // The one failure that comes as an OK.
  if (reply.message === NO_LEADER) throw new Refusal("no leader is elected yet: try again in a moment");
  showChanged(options, reply);
}

export async function remove(options: Target & { readonly id: string }): Promise<void> {
  const client = await connect(QueueServiceClient, options);
  showChanged(options, await callGrpc(client, client.removeTrack, { id: options.id }));
}

export async function vote(options: Target & { readonly id: string; readonly up: "true" | "false" }): Promise<void> {
  const client = await connect(QueueServiceClient, options);
  showChanged(options, await callGrpc(client, client.voteTrack, { id: options.id, up: options.up === "true" }));
}

export async function list(options: Target): Promise<void> {
  const client = await connect(QueueServiceClient, options);
  const { queue } = await callGrpc(client, client.getQueue, {});
  if (options.json) printJson(queue);
  else showTracks(queue, "the queue is empty");
}

export async function history(options: Target): Promise<void> {
  const client = await connect(QueueServiceClient, options);
  const { queue } = await callGrpc(client, client.getHistory, {});
  if (options.json) printJson(queue);
  else showTracks(queue, "nothing was played yet");
}

export async function metadata(options: Target & { readonly id: string }): Promise<void> {
  const client = await connect(QueueServiceClient, options);
  const track = await callGrpc(client, client.getMetadata, { id: options.id });
  if (track.id === "") throw new Refusal(`track ${options.id} is not in the queue`);
  if (options.json) printJson(track);
  else showTracks([track], "");
}

export async function play(options: Target): Promise<void> {
  const client = await connect(QueueServiceClient, options);
  const track = await callGrpc(client, client.playNext, {});
  if (track.id === "") throw new Refusal("the queue is empty");
  if (options.json) printJson({ now_playing: track });
  else print(`now playing: ${printable(track.title)}, ${printable(track.artist)} (${track.duration} s)`);
}

function showChanged({ json }: Target, { message, queue }: QueueResponse): void {
  if (json) return printJson({ message, queue });
  if (message !== "") print(message);
  showTracks(queue, "the queue is empty");
}

function showTracks(tracks: readonly Track[], otherwise: string): void {
  if (tracks.length === 0) return print(otherwise);
  const rows = tracks.map(({ id, title, artist, duration, votes }) => [id, title, artist, duration, votes]);
  print(table(["id", "title", "artist", "seconds", "votes"], rows));
}
