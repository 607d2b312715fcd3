/** What host, dispatcher and isolates call the things they exchange. Clients' headers of these names are overwritten. */

/** `http`, `session` or `warm`. */
export const DOOR = "x-tutti-door";
/** Which version of which function: `name@hash`. */
export const FUNCTION = "x-tutti-function";

/** Who sends the request: a Peer as percent-encoded JSON. A request on a session has it in its frame. */
export const PEER = "x-tutti-peer";

/** Where the host answers for its keys: `/credentials/<method of a CredentialChannel>`. */
export const CREDENTIALS = "/credentials/";
/** Where the host answers for the bytes on the nodes: `/blobs/<method of a BlobChannel>?input=<JSON>`. */
export const BLOBS = "/blobs/";
/** Of a picture that is read: the hash of its bytes. */
export const SHA256 = "x-tutti-sha256";

export const COMPATIBILITY_DATE = "2026-07-01";
