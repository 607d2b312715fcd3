/** proto/control.proto: what the command line and the supervisor ask of this node. */
import { once } from "node:events";
import { type ServerUnaryCall, type ServerWritableStream, type sendUnaryData, status } from "@grpc/grpc-js";
import type {
  ChangeReply,
  CheckpointReply,
  GroupRequest,
  Links,
  LogEntry,
  LogRequest,
  MembershipRequest,
  NodeStatus,
  StateAtRequest,
  StateHashReply,
  StateHashRequest,
  StateValue,
  StatusRequest,
  TransferRequest,
} from "../../proto/generated/control.ts";
import type { ChangeAnswer } from "../replica/change-answer.ts";
import { NotKept } from "../replica/history.ts";
import type { LinkCuts } from "../transport/link-cuts.ts";
import { readLog, stateAt } from "./exploration.ts";
import type { MemberGroup } from "./member-group.ts";

const roleNames = {
  leader: "leader",
  follower: "follower",
  candidate: "candidate",
  preCandidate: "candidate",
} as const;

const noGroup = (group: string) => ({ code: status.NOT_FOUND, details: `there is no group ${group} here` });

export class ControlService {
  readonly #id: number;
  readonly #disk: string;
  readonly #groups: readonly MemberGroup[];
  readonly #cuts: LinkCuts;

  /** @param groups empty when the node has lost its data and takes no part. */
  constructor(id: number, disk: string, groups: readonly MemberGroup[], cuts: LinkCuts) {
    this.#id = id;
    this.#disk = disk;
    this.#groups = groups;
    this.#cuts = cuts;
  }

  status(_: ServerUnaryCall<StatusRequest, NodeStatus>, answer: sendUnaryData<NodeStatus>): void {
    answer(null, {
      id: this.#id,
      pid: process.pid,
      member: this.#groups.length > 0,
      groups: this.#groups.map(({ name, replica }) => {
        const { role, leader, term, lastIndex, commit, applied } = replica.status;
        return {
          name,
          role: replica.membership.isLearner ? "learner" : roleNames[role],
          leader: leader ?? -1,
          term,
          lastIndex,
          commitIndex: commit,
          appliedIndex: applied,
          members: replica.membership.members.map((member) => ({
            ...member,
            disk: member.disk ?? "",
            match: replica.membership.matchOf(member.id),
          })),
          membersCommitted: replica.membership.configurationIndex <= commit,
        };
      }),
      links: this.#links(),
      disk: this.#disk,
    });
  }

  setLinks(call: ServerUnaryCall<Links, Links>, answer: sendUnaryData<Links>): void {
    this.#cuts.to = new Set(call.request.to);
    this.#cuts.from = new Set(call.request.from);
    answer(null, this.#links());
  }

  checkpoint(call: ServerUnaryCall<GroupRequest, CheckpointReply>, answer: sendUnaryData<CheckpointReply>): void {
    const replica = this.#replica(call.request.group);
    if (replica === undefined) return answer(noGroup(call.request.group));
    const outcome = replica.checkpoint();
    if (outcome.ok) answer(null, { ok: true, index: outcome.index, leader: this.#id, message: "" });
    else answer(null, { ok: false, index: 0, leader: outcome.leader ?? -1, message: outcome.message });
  }

  stateHash(call: ServerUnaryCall<StateHashRequest, StateHashReply>, answer: sendUnaryData<StateHashReply>): void {
    const { group, index } = call.request;
    const replica = this.#replica(group);
    if (replica === undefined) return answer(noGroup(group));
    answer(null, { hash: replica.stateHash(index) ?? "", appliedIndex: replica.status.applied });
  }

  transferLeadership(call: ServerUnaryCall<TransferRequest, ChangeReply>, answer: sendUnaryData<ChangeReply>): void {
    const { group, to } = call.request;
    this.#change(group, answer, (replica) => replica.membership.transferLeadership(to));
  }

  changeMembership(call: ServerUnaryCall<MembershipRequest, ChangeReply>, answer: sendUnaryData<ChangeReply>): void {
    const { group, node, step, address, disk } = call.request;
    this.#change(group, answer, (replica) => {
      if (step === "learn") return replica.membership.change({ type: step, id: node, address, disk });
      if (step === "promote" || step === "remove") return replica.membership.change({ type: step, id: node });
      return { ok: false, message: `there is no step ${JSON.stringify(step)}` };
    });
  }

  #change(
    group: string,
    answer: sendUnaryData<ChangeReply>,
    change: (replica: MemberGroup["replica"]) => ChangeAnswer,
  ): void {
    const replica = this.#replica(group);
    if (replica === undefined) return answer(noGroup(group));
    const outcome = change(replica);
    const leader = replica.status.leader ?? -1;
    answer(null, { ok: outcome.ok, leader, message: outcome.ok ? "" : outcome.message });
  }

  readLog(call: ServerWritableStream<LogRequest, LogEntry>): void {
    const { group: name, from, to } = call.request;
    void this.#stream(name, call, (group) => readLog(group, from, to));
  }

  stateAt(call: ServerWritableStream<StateAtRequest, StateValue>): void {
    const { group: name, index } = call.request;
    void this.#stream(name, call, (group) => stateAt(group, index));
  }

  /** At the pace of whoever reads. */
  async #stream<T>(
    name: string,
    call: ServerWritableStream<unknown, T>,
    messages: (group: MemberGroup) => AsyncIterable<T>,
  ): Promise<void> {
    const group = this.#groups.find((candidate) => candidate.name === name);
    if (group === undefined) {
      call.emit("error", noGroup(name));
      return;
    }
    try {
      for await (const message of messages(group)) {
        if (call.cancelled) return;
        if (!call.write(message)) await Promise.race([once(call, "drain"), once(call, "cancelled")]);
      }
      call.end();
    } catch (error) {
      const code = error instanceof NotKept ? status.OUT_OF_RANGE : status.INTERNAL;
      call.emit("error", { code, details: error instanceof Error ? error.message : String(error) });
    }
  }

  #replica(group: string): MemberGroup["replica"] | undefined {
    return this.#groups.find(({ name }) => name === group)?.replica;
  }

  #links(): Links {
    return { to: [...this.#cuts.to], from: [...this.#cuts.from] };
  }
}
