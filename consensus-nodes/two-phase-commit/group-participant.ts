/** A Raft group as a participant: the promise is an entry of its log, so its locks outlive any of its nodes. */
import type { CoreChannel } from "../client/core-channel.ts";
import { DECIDE, type Decide, GroupOutcome, GroupVote, PREPARE, type Prepare } from "../wire/transaction-command.ts";
import type { Participant, ParticipantName, Patience, Told } from "./participant.ts";
import type { Vote } from "./promises.ts";

export class GroupParticipant implements Participant {
  readonly name: ParticipantName;
  readonly #channel: CoreChannel;
  readonly #group: string;
  readonly #commands: Prepare["commands"];

  /** @param commands empty for one that only tells an outcome. */
  constructor(channel: CoreChannel, group: string, commands: Prepare["commands"]) {
    this.name = `group:${group}`;
    this.#channel = channel;
    this.#group = group;
    this.#commands = commands;
  }

  async prepare(id: string, { timeout }: Patience): Promise<Vote> {
    const input: Prepare = { id, commands: this.#commands };
    const reply = await this.#channel.call({ group: this.#group, name: PREPARE, input, timeout });
    if (!reply.ok) return { yes: false, locked: false, reason: reply.failure.message };
    const vote = GroupVote.safeParse(reply.value);
    return vote.success ? vote.data : { yes: false, locked: false, reason: "the vote cannot be read" };
  }

  async tell(id: string, commit: boolean, { timeout }: Patience): Promise<Told> {
    const input: Decide = { id, commit };
    const reply = await this.#channel.call({ group: this.#group, name: DECIDE, input, timeout });
    if (!reply.ok) return { kind: "unreached" };
    const outcome = GroupOutcome.safeParse(reply.value);
    if (!outcome.success) return { kind: "unreached" };
    if (!outcome.data.ok) return { kind: "contradiction", reason: outcome.data.contradiction };
    const { results } = outcome.data;
    return { kind: "acknowledged", ...(results && { results }) };
  }
}
