/**
 * The door of a running stack, for the command line: HTTP on a unix socket in the data folder, for its owner alone. Holding
 * the socket is holding the folder, so two stacks never share one; the kernel lets go of it however the stack ends.
 *
 *     GET  /                      {"pid"}
 *     POST /nodes/:id/:action     {"message"}, or {"error"} with 404, 409
 *     POST /nodes                 one more
 *     POST /leaders/:group/:id    lets that node lead
 */
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { DataFolder } from "./data-folder.ts";
import { askDoor } from "./door-client.ts";
import { doorSocket } from "./door-socket.ts";
import { type Action, actions } from "./node-process.ts";
import { Refusal } from "./refusal.ts";

/** What can be asked of a running stack. Each resolves with a sentence. @throws {Refusal} */
export interface DoorActions {
  readonly ids: readonly number[];
  act(id: number, action: Action): Promise<string>;
  addNode(): Promise<string>;
  removeNode(id: number): Promise<string>;
  replaceNode(id: number): Promise<string>;
  moveLeader(group: string, id: number): Promise<string>;
}

export class Door {
  readonly #server: Server;
  readonly #folder: DataFolder;
  #actions: DoorActions | undefined;

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
  open(actions: DoorActions): void {
    this.#actions = actions;
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
    const action = method === "POST" ? routeOf(url) : undefined;
    if (action === undefined) return [404, { error: `no such action: ${method} ${url}` }];
    const actions = this.#actions;
    if (actions === undefined) return [409, { error: "the stack is still starting" }];
    const { node } = action;
    if (node !== undefined && !actions.ids.includes(node)) {
      return [404, { error: `there is no node ${node}, only ${actions.ids.join(", ")}` }];
    }
    try {
      return [200, { message: await action.run(actions) }];
    } catch (error) {
      return [409, { error: error instanceof Error ? error.message : String(error) }];
    }
  }
}

interface Route {
  /** That has to be there. */
  readonly node?: number;
  readonly run: (actions: DoorActions) => Promise<string>;
}

function routeOf(url: string): Route | undefined {
  if (url === "/nodes") return { run: (stack) => stack.addNode() };
  const [, group, leader] = /^\/leaders\/([\w-]+)\/(\d+)$/.exec(url) ?? [];
  if (group !== undefined) return { node: Number(leader), run: (stack) => stack.moveLeader(group, Number(leader)) };
  const [, id, name] = /^\/nodes\/(\d+)\/(\w+)$/.exec(url) ?? [];
  const node = Number(id);
  if (name === "remove") return { node, run: (stack) => stack.removeNode(node) };
  if (name === "replace") return { node, run: (stack) => stack.replaceNode(node) };
  const action = actions.find((known) => known === name);
  return action === undefined ? undefined : { node, run: (stack) => stack.act(node, action) };
}
