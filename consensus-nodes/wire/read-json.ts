const decoder = new TextDecoder();

/** A JSON value as it travels: in UTF-8. @throws {SyntaxError} when it is none */
export function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}
