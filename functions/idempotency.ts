/** `Idempotency-Key`: the first answer again. Contract: shared/contracts/README.md. */
/** Printable ASCII. Bounded, for the key is part of the log. */
const KEY = /^[\x20-\x7e]{1,255}$/;

export function isIdempotencyKey(key: string): boolean {
  return KEY.test(key);
}

/** What one key may stand for: this function with this input. SHA-256, in hexadecimal. */
export async function fingerprint(name: string, input: unknown): Promise<string> {
  const text = new TextEncoder().encode(`${name}\n${JSON.stringify(input)}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
