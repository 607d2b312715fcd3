import * as z from "zod";
import type { SeatServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { Branch, branchMessage } from "../library/seat.ts";
import { rpc } from "../rpc.ts";

const Branches = z.object({ branches: z.array(Branch).readonly() });
type Branches = z.infer<typeof Branches>;

export default defineFunction({
  name: "branches",
  method: "GET",
  paths: ["/branches"],
  summary: "The branches, and how many seats each has",
  access: "user",
  replies: { 200: { description: "The branches.", schema: Branches } },
  rpcs: [
    rpc<SeatServiceService["getBranches"]>("/library.SeatService/GetBranches")({
      input: () => ({}),
      reply: ({ branches }: Branches) => ({ branches: branches.map(branchMessage) }),
    }),
  ],
  async handle({ core }) {
    return reply(200, { branches: await core.library.branches({}) });
  },
});
