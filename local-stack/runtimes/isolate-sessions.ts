/** The sessions of one workerd: one for each version that is asked. */
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { HostSession } from "./host-session.ts";

/** Requests in workerd at once; the rest wait before it. It has one thread: more would only wait inside, and be lost with it. */
const MAX_RUNNING = 256;

export class IsolateSessions {
  readonly #url: string;
  /** By version. Replaced ones stay as long as their isolates do: until the process ends. */
  readonly #sessions = new Map<string, HostSession>();
  #running = 0;
  /** For their turn. Bounded by what the gateway and the ingress let in. */
  readonly #waiting: (() => void)[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** Requests that run or wait. */
  get size(): number {
    return this.#running + this.#waiting.length;
  }

  /** @throws what `work` throws */
  async use<Reply>(
    version: string,
    channel: CoreChannel,
    work: (session: HostSession) => Promise<Reply>,
  ): Promise<Reply> {
    if (this.#running < MAX_RUNNING) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work(this.#sessions.get(version) ?? this.#open(version, channel));
    } finally {
      // Whose turn is next takes the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #open(version: string, channel: CoreChannel): HostSession {
    const session = new HostSession(this.#url, version, channel, () => {
      if (this.#sessions.get(version) === session) this.#sessions.delete(version);
    });
    this.#sessions.set(version, session);
    return session;
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
  }
}
