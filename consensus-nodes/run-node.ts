/** A node as a process: its signals, its standard input, its exit codes; see main.ts. */
import { flushCompileCache } from "node:module";
import { NodeConfiguration } from "./configuration.ts";
import { ForeignData } from "./node/identity.ts";
import { PortInUse } from "./node/listen.ts";
import { startNode } from "./node/node.ts";
import { openNodeLog } from "./node/node-log.ts";
import { DamagedSnapshot } from "./replica/snapshots/snapshot-format.ts";
import { DamagedLog } from "./replica/write-ahead-log/damaged-log.ts";

/** A clean end must not hang on a slow disk. */
const CLOSE_TIMEOUT_MS = 2000;

/** @param argument the configuration as JSON */
export async function runNode(argument: string | undefined): Promise<void> {
  const configuration = readConfiguration(argument);
  const log = await openNodeLog(configuration.log, { node: configuration.id }, configuration.logToStdout);

  function end(code: number, message?: string): never {
    if (message !== undefined) {
      log.logger.fatal(message);
      process.stderr.write(`node ${configuration.id}: ${message}\n`);
    }
    log.close();
    process.exit(code);
  }

  process.on("uncaughtException", (error) => end(1, error.stack ?? String(error)));
  process.on("unhandledRejection", (error) =>
    end(1, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );

  try {
    const node = await startNode(configuration, log, (error) => end(4, `a write to the log failed: ${error.message}`));
    let closing = false;
    const close = (reason: string, handOver: boolean) => {
      if (closing) return;
      closing = true;
      log.logger.info({ reason }, "node ends");
      setTimeout(() => end(0), CLOSE_TIMEOUT_MS).unref();
      node.close(handOver).then(
        () => end(0),
        (error: unknown) => end(1, String(error)),
      );
    };
    process.on("SIGTERM", () => close("SIGTERM", true));
    process.on("SIGINT", () => close("SIGINT", true));
    process.stdin.on("end", () => close("standard input closed", false));
    process.stdin.on("error", () => close("standard input broke", false));
    process.stdin.resume();
    // Else it is kept by an orderly end only, and the next start of a node that is killed is as slow as the first.
    flushCompileCache();
  } catch (error) {
    if (error instanceof DamagedLog || error instanceof DamagedSnapshot || error instanceof ForeignData) {
      end(3, error.message);
    }
    if (error instanceof PortInUse) end(5, error.message);
    end(1, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function readConfiguration(text: string | undefined): NodeConfiguration {
  try {
    return NodeConfiguration.parse(JSON.parse(text ?? ""));
  } catch (error) {
    process.stderr.write(`the configuration, a JSON object as first argument, cannot be used: ${String(error)}\n`);
    return process.exit(2);
  }
}
