/** Where a connection comes from. */

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;

/** @returns the IP address, an IPv4 one always in its own form; empty when the connection is gone */
export function peerAddress(address: string | undefined): string {
  return address?.replace(MAPPED_IPV4, "") ?? "";
}

/** @param address as `peerAddress` gives it */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
