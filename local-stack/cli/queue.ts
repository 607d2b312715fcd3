/** `tutti queue …`: the music queue over gRPC, as any client would. Heavy things are loaded when a command runs. */
import { Command, Option } from "@commander-js/extra-typings";
import { jsonOption, serverOption, stackOption, whole } from "./options.ts";

const EXAMPLES = `
They speak gRPC to --server, the room is main. With --json the shapes are those of the REST paths.

Examples:
  npx tutti queue add --id 123 --title "Song Title" --artist "Artist Name" --duration 200
  npx tutti queue vote --id 123 --up true
  npx tutti queue queue --json
  npx tutti queue play`;

const idOption = () => new Option("--id <id>", "the track's id").makeOptionMandatory();

const sub = (name: string, description: string) =>
  new Command(name).description(description).addOption(serverOption()).addOption(stackOption()).addOption(jsonOption());

const load = () => import("./queue-commands.ts");

export const queue = () => {
  const command = new Command("queue").description("the music queue: add, vote, play").addHelpText("after", EXAMPLES);
  const subs = [
    sub("add", "queue a track")
      .addOption(idOption())
      .requiredOption("--title <text>", "1 to 500 characters")
      .requiredOption("--artist <text>", "up to 500 characters")
      .requiredOption("--duration <seconds>", "up to a week", (text) => whole(text, 0, 604_800))
      .action(async (options) => (await load()).add(options)),
    sub("play", "take the first track off the queue and play it").action(async (options) =>
      (await load()).play(options),
    ),
    sub("history", "what was played, oldest first").action(async (options) => (await load()).history(options)),
    sub("queue", "what is queued, best first").action(async (options) => (await load()).list(options)),
    sub("metadata", "one queued track")
      .addOption(idOption())
      .action(async (options) => (await load()).metadata(options)),
    sub("vote", "vote for a queued track, or against it")
      .addOption(idOption())
      .addOption(new Option("--up <bool>", "true for, false against").choices(["true", "false"]).default("true"))
      .action(async (options) => (await load()).vote(options)),
    sub("remove", "take a track off the queue")
      .addOption(idOption())
      .action(async (options) => (await load()).remove(options)),
  ];
  for (const one of subs) command.addCommand(one);
  return command;
};
