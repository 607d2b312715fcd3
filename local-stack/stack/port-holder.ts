/** Which process listens on a port, as far as Linux tells: for the one line that says why a stack cannot start. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A state in /proc/net/tcp. */
const LISTEN = "0A";

/** Like "node (process 4711)"; undefined when it cannot be found out: another system, another user's process. */
export function portHolder(port: number): string | undefined {
  try {
    const sockets = listeningSockets(port);
    if (sockets.size === 0) return undefined;
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (holds(pid, sockets)) return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (process ${pid})`;
    }
  } catch {
    // Not Linux, or the process ended meanwhile.
  }
  return undefined;
}

/** As /proc/<pid>/fd names them. */
function listeningSockets(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readFileSync(table, "utf8").trim().split("\n").slice(1),
  );
  const inodes = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTEN)
    .map((columns) => `socket:[${columns[9]}]`);
  return new Set(inodes);
}

function holds(pid: string, sockets: Set<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}
