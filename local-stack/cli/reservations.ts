/** `tutti reservations …`: bookings and the waitlist over gRPC, as any client would. Heavy things are loaded when a command runs. */
import { Command, Option } from "@commander-js/extra-typings";
import { jsonOption, positiveId, serverOption, stackOption, whole } from "./options.ts";

const EXAMPLES = `
They speak gRPC to --server. For whom: --user, which is believed from this machine, or --token, which is checked (login prints
one; TUTTI_TOKEN is taken when neither is given). Times are ISO 8601; one without a zone is UTC.

Examples:
  npx tutti reservations login --student-id S2021001 --password password123
  npx tutti reservations create --user 1 --seat 12 --from 2030-01-07T10:00:00Z --to 2030-01-07T12:00:00Z
  npx tutti reservations list --user 1 --upcoming
  npx tutti reservations cancel 1
  npx tutti reservations wait --user 2 --branch "Main Library" --at 2030-01-07T10:00:00Z
  npx tutti reservations audit 1`;

const STATUSES = ["CONFIRMED", "CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW"] as const;

const sub = (name: string, description: string) =>
  new Command(name).description(description).addOption(serverOption()).addOption(stackOption()).addOption(jsonOption());

/** A command for somebody. */
const personal = (name: string, description: string) =>
  sub(name, description)
    .addOption(new Option("--user <id>", "for this user").argParser(positiveId).conflicts("token"))
    .option("--token <token>", "for whose token it is");

const load = () => import("./reservations-commands.ts");

export const reservations = () => {
  const command = new Command("reservations")
    .description("library seats: book, check in, wait for one")
    .addHelpText("after", EXAMPLES);
  const subs = [
    sub("login", "a token for a student")
      .requiredOption("--student-id <id>", "who")
      .requiredOption("--password <password>", "the password")
      .action(async (options) => (await load()).login(options)),
    personal("create", "book a seat")
      .requiredOption("--seat <id>", "which", positiveId)
      .requiredOption("--from <time>", "from then")
      .requiredOption("--to <time>", "until then")
      .action(async (options) => (await load()).create(options)),
    personal("list", "a user's reservations")
      .addOption(new Option("--status <status>", "only those").choices(STATUSES))
      .option("--upcoming", "only those that have not ended")
      .action(async (options) => (await load()).list(options)),
    personal("show", "one reservation")
      .argument("<reservation>", "its id", positiveId)
      .action(async (id, options) => (await load()).show(id, options)),
    personal("checkin", "take the seat")
      .argument("<reservation>", "its id", positiveId)
      .action(async (id, options) => (await load()).checkIn(id, options)),
    personal("cancel", "give the seat back")
      .argument("<reservation>", "its id", positiveId)
      .action(async (id, options) => (await load()).cancel(id, options)),
    personal("wait", "wait for a seat, or for any of a branch")
      .addOption(new Option("--seat <id>", "for this seat").argParser(positiveId))
      .option("--branch <name>", "for any of this branch")
      .requiredOption("--at <time>", "when it is wanted")
      .action(async (options) => (await load()).wait(options)),
    personal("waiting", "what a user waits for").action(async (options) => (await load()).waiting(options)),
    personal("unwait", "wait no more")
      .argument("<entry>", "the id that wait has given", positiveId)
      .action(async (id, options) => (await load()).unwait(id, options)),
    sub("audit", "who did what")
      .argument("[reservation]", "its id; all when there is none", positiveId)
      .option("--limit <n>", "so many records, the newest", (text) => whole(text, 1, 10_000), 100)
      .action(async (id, options) => (await load()).audit(id, options)),
  ];
  for (const one of subs) command.addCommand(one);
  return command;
};
