/**
 * All clients of a run. Each waits for its answer, then for a moment, and goes on, whatever the answer was.
 *
 *     room 1: c c c c c   after so many operations the room is left for a new one
 *     room 2: c c c c c
 *     journal: c c c      with a source of their own, left for a new one as well
 *     pictures: c
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../consensus/raft/harness/random.ts";
import type { Operation } from "../linearizability/history.ts";
import { HistoryRecorder } from "../linearizability/history-recorder.ts";
import { type JournalInput, type JournalOutput, journal } from "../linearizability/models/journal.ts";
import { type QueueInput, type QueueOutput, queue } from "../linearizability/models/queue.ts";
import { HttpClient } from "./http-client.ts";
import * as journalClient from "./journal-client.ts";
import { Successes } from "./outages.ts";
import { live, type PictureLife } from "./picture-client.ts";
import { carryOut, drawInput, Room, readAll } from "./queue-client.ts";

/** Of one key: the checker's work grows fast with it. */
const OPERATIONS_PER_KEY = 200;
const CLIENTS_PER_ROOM = 5;
const JOURNAL_CLIENTS = 3;
const ROUGH_ROOMS = 0.2;
/** After an answer that was no success: a stack that refuses must not be flooded. */
const AFTER_FAILURE_MS = 50;
/** Between two pictures: each is decoded and stored four times. */
const PICTURE_PAUSE_MS = 500;

export interface LoadOptions {
  readonly port: number;
  readonly random: Random;
  /** At a time. */
  readonly rooms: number;
  /** Milliseconds between an answer and the next question of a client, on the average. */
  readonly pause: number;
  /** Something to upload, a new one for each call; absent: none is. */
  readonly picture?: () => Promise<Buffer>;
}

export type Outcomes = Record<"ok" | "fail" | "unknown", number>;

export class Load {
  readonly #options: LoadOptions;
  readonly #queue = new HistoryRecorder<QueueInput, QueueOutput>(queue.readOnly);
  readonly #journal = new HistoryRecorder<JournalInput, JournalOutput>(journal.readOnly);
  readonly pictures: PictureLife[] = [];
  readonly rooms: Room[] = [];
  readonly sources: string[] = [];
  readonly outcomes: Outcomes = { ok: 0, fail: 0, unknown: 0 };
  readonly clients: Successes[] = [];
  /** It needs every picture node, so it has longer outages than the others. */
  readonly pictureClient = new Successes();
  readonly #running: Promise<void>[] = [];
  #going = true;
  #failure: unknown;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get queueHistory(): Operation<QueueInput, QueueOutput>[] {
    return this.#queue.history();
  }

  get journalHistory(): Operation<JournalInput, JournalOutput>[] {
    return this.#journal.history();
  }

  start(): void {
    const { rooms, picture, random } = this.#options;
    for (let place = 0; place < rooms; place++) this.#room(place);
    this.#journalClients();
    if (picture !== undefined) {
      const client = new HttpClient(this.#options.port);
      this.#loop("pictures", this.pictureClient, PICTURE_PAUSE_MS, client, async () =>
        (await live(client, await picture(), random, this.pictures)) ? "ok" : "fail",
      );
    }
  }

  /** What the clients had begun is over. @throws what made a client fail: an answer that cannot be read. */
  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Looks at every room and source for the last time. @returns those that gave no answer. */
  async readEverything(): Promise<readonly string[]> {
    const client = new HttpClient(this.#options.port);
    const unread: string[] = [];
    try {
      for (const { name } of this.rooms) {
        for (const what of ["list", "history"] as const) {
          const { outcome } = await readAll(name, what, client, this.#queue.client());
          if (outcome !== "ok") unread.push(`${what} of ${name}`);
        }
      }
      const source = this.sources.at(-1);
      const input: JournalInput = { name: "read", limit: journalClient.READ_LIMIT };
      if (source !== undefined) {
        const { outcome } = await journalClient.carryOut(input, source, client, this.#journal.client());
        if (outcome !== "ok") unread.push(`journal of ${source}`);
      }
    } finally {
      client.close();
    }
    return unread;
  }

  #room(place: number): void {
    const random = this.#options.random.split(`room ${place}`);
    let room = this.#newRoom(random);
    let operations = 0;
    for (let number = 0; number < CLIENTS_PER_ROOM; number++) {
      const client = new HttpClient(this.#options.port);
      const draws = random.split(`client ${number}`);
      const recording = this.#queue.client();
      this.#loop(`room ${place} client ${number}`, this.#successes(), this.#options.pause, client, async () => {
        if (operations++ >= OPERATIONS_PER_KEY) {
          room = this.#newRoom(random);
          operations = 1;
        }
        const { outcome } = await carryOut(drawInput(room, draws), room, client, recording, draws);
        return outcome;
      });
    }
  }

  #newRoom(random: Random): Room {
    const room = new Room(`chaos-${this.rooms.length}`, random.chance(ROUGH_ROOMS));
    this.rooms.push(room);
    return room;
  }

  #successes(): Successes {
    const successes = new Successes();
    this.clients.push(successes);
    return successes;
  }

  #journalClients(): void {
    const random = this.#options.random.split("journal");
    let operations = OPERATIONS_PER_KEY;
    for (let number = 0; number < JOURNAL_CLIENTS; number++) {
      const client = new HttpClient(this.#options.port);
      const recording = this.#journal.client();
      this.#loop(`journal ${number}`, this.#successes(), 4 * this.#options.pause, client, async () => {
        if (operations++ >= OPERATIONS_PER_KEY) {
          this.sources.push(`chaos-${this.sources.length}`);
          operations = 1;
        }
        const source = this.sources.at(-1) ?? "";
        const { outcome } = await journalClient.carryOut(journalClient.drawInput(random), source, client, recording);
        return outcome;
      });
    }
  }

  #loop(
    name: string,
    successes: Successes,
    pause: number,
    client: HttpClient,
    turn: () => Promise<"ok" | "fail" | "unknown">,
  ): void {
    const random = this.#options.random.split(name);
    const run = async () => {
      while (this.#going) {
        const outcome = await turn();
        this.outcomes[outcome]++;
        if (outcome === "ok") successes.succeeded(performance.now());
        await sleep(outcome === "ok" ? pause * 2 * random.next() : AFTER_FAILURE_MS);
      }
    };
    this.#running.push(
      run()
        .catch((error: unknown) => {
          this.#failure ??= error;
        })
        .finally(() => client.close()),
    );
  }
}
