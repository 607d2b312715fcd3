/** Passwords, hashed and compared: slowly on purpose (scrypt, RFC 7914), hence not many at once. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";
import type { PasswordHash } from "../../consensus-nodes/client/credential-channel.ts";

/** 32 MiB and about a tenth of a second of one core for each guess. Stored beside each hash: it may be raised for new ones. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Bytes for one. A stored hash that asks for more is not one of ours. */
const MAX_MEMORY = 64 * 1024 * 1024;
/** On threads that files need too, and beside nodes that need the processor. */
const MAX_AT_ONCE = 2;
/** Beyond that nobody waits: the last of so many is done in about two seconds, on a busy machine in several. */
export const MAX_WAITING = 32;

type Derive = (password: string, salt: Buffer, bytes: number, cost: ScryptOptions) => Promise<Buffer>;

export class Passwords {
  readonly #derive: Derive;
  /** Stands in for the hash of a user that there is not. */
  readonly #nobody: PasswordHash = {
    algorithm: "scrypt",
    ...COST,
    salt: randomBytes(SALT_BYTES).toString("base64"),
    key: randomBytes(KEY_BYTES).toString("base64"),
  };
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(derive: Derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)) {
    this.#derive = derive;
  }

  /** @throws {CoreError} Overloaded */
  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#inTurn(() => this.#derive(password, salt, KEY_BYTES, { ...COST, maxmem: MAX_MEMORY }));
    return { algorithm: "scrypt", ...COST, salt: salt.toString("base64"), key: key.toString("base64") };
  }

  /**
   * @param hash null stands for a user that there is not: the same work, and false
   * @throws {CoreError} Overloaded
   */
  async matches(password: string, hash: PasswordHash | null): Promise<boolean> {
    const { N, r, p, salt, key } = hash ?? this.#nobody;
    const expected = Buffer.from(key, "base64");
    const found = await this.#inTurn(() =>
      this.#derive(password, Buffer.from(salt, "base64"), expected.length, { N, r, p, maxmem: MAX_MEMORY }),
    );
    return timingSafeEqual(found, expected) && hash !== null;
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= MAX_AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new CoreError({ kind: "Overloaded", message: "too many passwords wait to be checked" });
      }
      // Whoever is done hands on its place.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
