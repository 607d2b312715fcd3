/** Host and port as clients write them. */

/** What listens everywhere is reached on this machine here. */
const HERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

export function authority(host: string, port: number): string {
  const address = HERE[host] ?? host;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
