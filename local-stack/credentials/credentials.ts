/** What functions may ask of the stack's secret, and of the work that passwords are. */
import { createHmac, hkdfSync } from "node:crypto";
import { bindCore } from "../../consensus-nodes/client/core.ts";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import type { CredentialChannel, PasswordHash, TokenOwner } from "../../consensus-nodes/client/credential-channel.ts";
import { Passwords } from "./passwords.ts";
import { Tokens } from "./tokens.ts";

/** Milliseconds to find out whether a token's user still exists. As long as any request has for the core. */
const FIND_TIMEOUT_MS = 3_000;

export class Credentials implements CredentialChannel {
  readonly #channel: CoreChannel;
  readonly #passwords: Passwords;
  readonly #tokens: Tokens;
  readonly #seal: Uint8Array;

  /** @param key the stack's secret; each use of it has a key of its own */
  constructor(key: Uint8Array, channel: CoreChannel, passwords = new Passwords()) {
    this.#channel = channel;
    this.#passwords = passwords;
    this.#tokens = new Tokens(derive(key, "tokens"));
    this.#seal = derive(key, "seal");
  }

  hash(password: string): Promise<PasswordHash> {
    return this.#passwords.hash(password);
  }

  matches(password: string, hash: PasswordHash | null): Promise<boolean> {
    return this.#passwords.matches(password, hash);
  }

  issue(user: number, at: number): Promise<string> {
    return this.#tokens.issue(user, at);
  }

  async check(token: string): Promise<TokenOwner | undefined> {
    const verified = await this.#tokens.verify(token);
    if (verified === undefined) return undefined;
    const core = bindCore(this.#channel, { deadline: Date.now() + FIND_TIMEOUT_MS });
    const user = await core.accounts.find({ id: verified.user });
    return user === null ? undefined : { user, until: verified.until };
  }

  async seal(text: string): Promise<string> {
    return createHmac("sha256", this.#seal).update(text).digest("hex");
  }
}

/** HKDF, RFC 5869. */
function derive(key: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, "", `tutti ${use}`, 32));
}
