/** Bearer tokens: who, until when, signed with this stack's key. JWT (RFC 7519) by HS256, and by nothing else (RFC 8725, section 3.1). */
import { errors, jwtVerify, SignJWT } from "jose";

const ALGORITHM = "HS256";
/** Both ends are this stack. */
const PARTIES = { issuer: "tutti", audience: "tutti" } as const;
const LIFETIME_S = 24 * 3600;
/** A token has a few hundred; more is not worth looking at. */
const MAX_CHARACTERS = 4096;
const ID = /^[1-9]\d{0,9}$/;

export class Tokens {
  readonly #key: Uint8Array;

  /** @param key 32 bytes or more */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @param at milliseconds since the epoch; the same user and instant give the same token */
  issue(user: number, at: number): Promise<string> {
    const seconds = Math.floor(at / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setIssuer(PARTIES.issuer)
      .setAudience(PARTIES.audience)
      .setSubject(String(user))
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + LIFETIME_S)
      .sign(this.#key);
  }

  /** @returns the user's id, and until when, in milliseconds since the epoch; undefined when it is not ours, or is expired */
  async verify(token: string): Promise<{ readonly user: number; readonly until: number } | undefined> {
    if (token.length > MAX_CHARACTERS) return undefined;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        ...PARTIES,
        algorithms: [ALGORITHM],
        requiredClaims: ["sub", "iat", "exp"],
      });
      const { sub, exp } = payload;
      if (sub === undefined || exp === undefined || !ID.test(sub)) return undefined;
      return { user: Number(sub), until: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
