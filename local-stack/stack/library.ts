/** What a library is told when a stack starts: its limits at every start, and what `--demo` brings while it has no seats. */
import { bindCore } from "../../consensus-nodes/client/core.ts";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import { DEMO_PASSWORD, demoSeats, demoUsers } from "./demo.ts";
import type { LibraryLimits } from "./library-limits.ts";

/** Milliseconds: the group may just be electing its first leader. */
const PATIENCE_MS = 10_000;

export interface LibraryPreparation {
  readonly channel: CoreChannel;
  readonly credentials: CredentialChannel;
  readonly limits: LibraryLimits;
  readonly demo: boolean;
}

/** Doing it again changes nothing. @throws {CoreError} */
export async function prepareLibrary({ channel, credentials, limits, demo }: LibraryPreparation): Promise<void> {
  const core = bindCore(channel, { deadline: Date.now() + PATIENCE_MS });
  await core.library.configure({ ...limits, afresh: true });
  if (!demo || (await core.library.branches({})).length > 0) return;
  // One for all, whose password is the same: each would take a tenth of a second.
  const hash = await credentials.hash(DEMO_PASSWORD);
  // One after the other: S2021001 is user 1.
  for (const user of demoUsers) await core.accounts.register({ ...user, hash });
  // Last: while there is none, all of it is done again.
  await core.library.setSeats({ seats: demoSeats });
}
