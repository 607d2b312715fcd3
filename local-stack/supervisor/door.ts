/**
 * The door of a running stack, for the command line: HTTP on a unix socket in the data folder, for its owner alone. Holding
 * the socket is holding the folder, so two stacks never share one; the kernel lets go of it however the stack ends.
 *
 *     GET  /                      {"pid"}
 *     POST /nodes/:id/:action     {"message"}, or {"error"} with 404, 409
 */
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { DataFolder } from "./data-folder.ts";
import { askDoor } from "./door-client.ts";
import { doorSocket } from "./door-socket.ts";
import { actions } from "./node-process.ts";
import { Refusal } from "./refusal.ts";
import type { Supervisor } from "./supervisor.ts";

export class Door {
  readonly #server: Server;
  readonly #folder: DataFolder;
  #supervisor: Supervisor | undefined;

  /** Takes the folder, which is made when it is missing. @throws {Refusal} when a running stack holds it. */
  static async hold(folder: DataFolder): Promise<Door> {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    const door = new Door(folder);
    if (await door.#listen()) return door;
    const holder = await askDoor(folder, "GET", "/");
    if (holder !== undefined) {
      throw new Refusal(
        `a stack is running in ${folder} (process ${holder.pid}): stop it first, or choose another folder with --data`,
      );
    }
    // The one that held it was killed.
    await rm(folder.door, { force: true });
    if (await door.#listen()) return door;
    throw new Refusal(`another stack is starting in ${folder}`);
  }

  private constructor(folder: DataFolder) {
    this.#folder = folder;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** From now on commands reach the nodes. */
  open(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
  }

  /** Lets go of the folder. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    // Closing removes the socket.
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** False when the socket is there already. */
  async #listen(): Promise<boolean> {
    const socket = doorSocket(this.#folder);
    const others = process.umask(0o177);
    // Binds before it returns: the socket is its owner's from the beginning.
    this.#server.listen(socket);
    process.umask(others);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
      throw error;
    }
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, body] = await this.#run(request.method ?? "", request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  async #run(method: string, url: string): Promise<[number, object]> {
    if (method === "GET" && url === "/") return [200, { pid: process.pid }];
    const [, id, name] = method === "POST" ? (/^\/nodes\/(\d+)\/(\w+)$/.exec(url) ?? []) : [];
    const action = actions.find((known) => known === name);
    if (action === undefined) return [404, { error: `no such action: ${method} ${url}` }];
    if (this.#supervisor === undefined) return [409, { error: "the stack is still starting" }];
    const node = this.#supervisor.nodes.find((known) => known.id === Number(id));
    if (node === undefined) {
      return [
        404,
        { error: `there is no node ${id}, only ${this.#supervisor.nodes.map((known) => known.id).join(", ")}` },
      ];
    }
    try {
      return [200, { message: await node.act(action) }];
    } catch (error) {
      return [409, { error: error instanceof Error ? error.message : String(error) }];
    }
  }
}
