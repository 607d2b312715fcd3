/** `tutti seats …`: library seats over gRPC, as any client would. Heavy things are loaded when a command runs. */
import { Command, Option } from "@commander-js/extra-typings";
import { jsonOption, positiveId, serverOption, stackOption } from "./options.ts";

const EXAMPLES = `
They speak gRPC to --server. Times are ISO 8601, "2026-11-21T10:00:00Z"; one without a zone is UTC, and one of a place has it in
brackets: "2026-11-21T10:00[Europe/Berlin]". With --json the shapes are those of the REST paths.

Examples:
  npx tutti seats list --branch "Main Library" --power --available
  npx tutti seats free 12 --from 2030-01-07T10:00:00Z --to 2030-01-07T12:00:00Z
  npx tutti seats branches
  npx tutti seats maintenance 12 on
  npx tutti seats branch "Business Library" --time-zone Europe/Berlin --hours "Mo-Fr 08:00-22:00; Sa 10:00-18:00"`;

const sub = (name: string, description: string) =>
  new Command(name).description(description).addOption(serverOption()).addOption(stackOption()).addOption(jsonOption());

const load = () => import("./seats-commands.ts");

export const seats = () => {
  const command = new Command("seats")
    .description("library seats: what there is, what is free")
    .addHelpText("after", EXAMPLES);
  const subs = [
    sub("list", "all seats, or those that fit")
      .option("--branch <name>", "of this branch")
      .option("--area <name>", "in this area")
      .option("--power", "with a power socket")
      .option("--monitor", "with a monitor")
      .option("--available", "only those that are free: now, or from --from to --to")
      .option("--from <time>", "free from then")
      .option("--to <time>", "until then")
      .action(async (options) => (await load()).list(options)),
    sub("show", "one seat")
      .argument("<seat>", "its id", positiveId)
      .action(async (seat, options) => (await load()).show(seat, options)),
    sub("free", "whether a seat is free for a while")
      .argument("<seat>", "its id", positiveId)
      .requiredOption("--from <time>", "from then")
      .requiredOption("--to <time>", "until then")
      .action(async (seat, options) => (await load()).free(seat, options)),
    sub("branches", "all branches, and how many seats they have").action(async (options) =>
      (await load()).branches(options),
    ),
    sub("set", "add a seat, or change it; it is in use then")
      .argument("<seat>", "its id", positiveId)
      .requiredOption("--branch <name>", "where it stands")
      .requiredOption("--area <name>", "where in the branch")
      .option("--power", "with a power socket")
      .option("--monitor", "with a monitor")
      .action(async (seat, options) => (await load()).set(seat, options)),
    sub("maintenance", "take a seat out of use, or back")
      .argument("<seat>", "its id", positiveId)
      .addArgument(new Command().createArgument("<on|off>", "out of use or back").choices(["on", "off"]))
      .action(async (seat, state, options) => (await load()).maintenance(seat, state === "on", options)),
    sub("branch", "when a branch is open")
      .argument("<branch>", "its name")
      .addOption(new Option("--time-zone <zone>", "an IANA zone: Europe/Berlin").default("UTC"))
      .addOption(new Option("--hours <hours>", '"Mo-Fr 08:00-22:00; Sa 10:00-18:00"').default("", "always open"))
      .action(async (branch, options) => (await load()).branch(branch, options)),
  ];
  for (const one of subs) command.addCommand(one);
  return command;
};
