import * as z from "zod";
import type { OperationServiceService } from "../../proto/generated/library.ts";
import type { RaftClientService, RaftServiceService } from "../../proto/generated/raft.ts";
import { defineFunction, reply } from "../define-function.ts";
import { rpc } from "../rpc.ts";

const COMMITTED = "Committed";
const NO_LEADER = "No leader available";
const NO_MAJORITY = "Failed to reach majority";

const Appended = z
  .object({
    message: z.string(),
    index: z.int().meta({ description: "Of the log entry that carries the text." }),
    leader: z.int().nullable().meta({ description: "The node that led; null when that is not known." }),
  })
  .meta({ id: "Appended" });
type Appended = z.infer<typeof Appended>;

const leaderId = ({ leader }: Appended) => (leader === null ? "" : String(leader));

const refusedCommand = (message: string) => ({ success: false, leaderId: "", commitIndex: 0, message });
const refusedOperation = (result: string) => ({ success: false, result, leaderId: "" });

/** Two services offer it under one form. */
const asOperation = {
  input: ({ operation, sourceId }: { readonly operation: string; readonly sourceId: string }) => ({
    body: { text: operation, source: sourceId },
  }),
  reply: (body: Appended) => ({ success: true, result: body.message, leaderId: leaderId(body) }),
  instead: { NoLeader: refusedOperation(NO_LEADER), Unknown: refusedOperation(NO_MAJORITY) },
};

export default defineFunction({
  name: "journal_append",
  method: "POST",
  paths: ["/journal"],
  summary: "Append a text to the journal",
  body: z
    .object({
      text: z.string().max(100_000).meta({ example: "hello" }),
      source: z.string().max(1000).default("").meta({ description: "Who sends it." }),
    })
    .meta({ id: "JournalText" }),
  replies: { 200: { description: "It is in the log of a majority.", schema: Appended } },
  rpcs: [
    rpc<RaftClientService["clientRequest"]>("/raft.RaftClient/ClientRequest")({
      input: ({ command }) => ({ body: { text: command } }),
      reply: (body: Appended) => ({
        success: true,
        leaderId: leaderId(body),
        commitIndex: body.index,
        message: body.message,
      }),
      instead: { NoLeader: refusedCommand(NO_LEADER), Unknown: refusedCommand(NO_MAJORITY) },
    }),
    rpc<RaftServiceService["submitOperation"]>("/raft.RaftService/SubmitOperation")(asOperation),
    rpc<OperationServiceService["submitOperation"]>("/library.OperationService/SubmitOperation")(asOperation),
  ],
  async handle({ input, core, leader }) {
    const { index } = await core.journal.append(input.body);
    return reply(200, { message: COMMITTED, index, leader: leader() });
  },
});
