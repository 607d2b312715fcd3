/** All commands, and the one place where an error becomes a line and an exit code. */
import { Command, CommanderError } from "@commander-js/extra-typings";
import { Refusal } from "../supervisor/refusal.ts";
import { at } from "./at.ts";
import { journal } from "./journal.ts";
import { leader } from "./leader.ts";
import { heal, partition } from "./links.ts";
import { log } from "./log.ts";
import { node } from "./node.ts";
import { queue } from "./queue.ts";
import { reservations } from "./reservations.ts";
import { reset } from "./reset.ts";
import { seats } from "./seats.ts";
import { status } from "./status.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";
import { dev, up } from "./up.ts";
import { verify } from "./verify.ts";

/** Exit code: 0 done, 1 failed, 2 asked wrongly. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command("tutti")
    .description(
      "Shared applications on a durable core of Raft nodes: one stack on this machine, and what to do with it.",
    )
    .addHelpText("after", EXAMPLES)
    // What follows a command is for that command.
    .enablePositionalOptions();
  for (const command of [
    up(),
    dev(),
    status(),
    reset(),
    queue(),
    seats(),
    reservations(),
    journal(),
    twoPhaseCommit(),
    node(),
    leader(),
    partition(),
    heal(),
    verify(),
    log(),
    at(),
  ]) {
    program.addCommand(command);
  }
  throwErrors(program);
  try {
    if (argv.length === 0) program.help();
    await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // A command that only holds others: its help was printed.
      if (error.code === "commander.help") return 2;
      return complain(error.message.replace(/^error: /, ""), 2);
    }
    if (error instanceof Refusal) return complain(error.message, error.exitCode);
    return complain(error instanceof Error ? error.message : String(error), 1);
  }
}

const EXAMPLES = `
Examples:
  npx tutti up                       start five nodes, the gateway and the gRPC ingress; Ctrl-C stops them
  npx tutti status                   who leads, who is down, how far each has applied
  npx tutti queue add --id 1 --title "So What" --artist "Miles Davis" --duration 545
  npx tutti queue queue              what is queued, best first
  npx tutti seats list --available   which library seats are free now
  npx tutti node kill 0              kill -9 a node; it stays down until: npx tutti node restart 0
  npx tutti node replace 3           a node that lost its folder begins again with an empty one
  npx tutti leader move queue 2      let node 2 lead the queues' group
  npx tutti partition 0,1 2,3,4      cut the links between two groups of nodes, until: npx tutti heal
  npx tutti journal --node 3         the journal as node 3 has it
  npx tutti verify                   whether all nodes hold the same state
  npx tutti log queue                the commands that made the queues what they are
  npx tutti 2pc list                 transactions: their states, their votes, who is waited for

Each command has a --help of its own, most have --json. Exit code: 0 done, 1 failed, 2 asked wrongly.`;

function complain(message: string, exitCode: number): number {
  process.stderr.write(`tutti: ${message.replaceAll(/\s*\n\s*/g, " ")}\n`);
  return exitCode;
}

/** Commander would print and exit by itself. */
function throwErrors(
  command: Pick<Command, "exitOverride" | "configureOutput"> & { readonly commands: readonly unknown[] },
) {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const sub of command.commands) if (sub instanceof Command) throwErrors(sub);
}
