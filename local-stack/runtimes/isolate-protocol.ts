/** What host, dispatcher and isolates call the things they exchange. Clients' headers of these names are overwritten. */

/** `http`, `rpc` or `warm`. */
export const DOOR = "x-tutti-door";
/** Which version of which function: `name@hash`. */
export const FUNCTION = "x-tutti-function";

export const COMPATIBILITY_DATE = "2026-07-01";
