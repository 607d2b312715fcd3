/**
 * What a function may ask of the host's secrets. Hashing is slow on purpose, and waits for its turn behind others': so the core's
 * time for a request begins anew after it, as what was paid for would be lost otherwise.
 */
import type { CredentialChannel, PasswordHash, TokenOwner } from "../consensus-nodes/client/credential-channel.ts";

export class PatientCredentials implements Omit<CredentialChannel, "seal"> {
  readonly #channel: CredentialChannel;
  readonly #renew: () => void;

  /** @param renew the core's time begins anew */
  constructor(channel: CredentialChannel, renew: () => void) {
    this.#channel = channel;
    this.#renew = renew;
  }

  async hash(password: string): Promise<PasswordHash> {
    const hash = await this.#channel.hash(password);
    this.#renew();
    return hash;
  }

  async matches(password: string, hash: PasswordHash | null): Promise<boolean> {
    const matches = await this.#channel.matches(password, hash);
    this.#renew();
    return matches;
  }

  issue(user: number, at: number): Promise<string> {
    return this.#channel.issue(user, at);
  }

  check(token: string): Promise<TokenOwner | undefined> {
    return this.#channel.check(token);
  }
}
