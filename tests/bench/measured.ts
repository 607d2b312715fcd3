/** What one run has measured: what was left out, or failed, is not there. */
import type { ColdStart } from "./cold-start/cold-start.ts";
import type { Failover } from "./failover/failover.ts";
import type { Idle } from "./idle/idle.ts";
import type { Join } from "./join/join.ts";
import type { LoadsResult } from "./loads.ts";
import type { Memory } from "./memory/memory.ts";
import type { QueueSizeResult } from "./queue/queue-size.ts";
import type { Restart } from "./restart/restart.ts";
import type { Start } from "./start/start.ts";
import type { TransactionsResult } from "./transactions.ts";

export interface Measured {
  readonly adds?: readonly LoadsResult[];
  readonly reads?: readonly LoadsResult[];
  /** GET /seats and POST /reservations. */
  readonly seats?: readonly LoadsResult[];
  readonly transactions?: readonly TransactionsResult[];
  readonly failover?: Failover;
  readonly join?: Join;
  readonly queue?: readonly QueueSizeResult[];
  readonly memory?: Memory;
  readonly start?: Start;
  readonly coldStart?: ColdStart;
  readonly restart?: Restart;
  readonly idle?: Idle;
}
