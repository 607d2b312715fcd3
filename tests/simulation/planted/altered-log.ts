/** A log that is not what it says it is. */
import type {
  HardState,
  LogStorage,
  PersistJob,
  StoredEntry,
  TermRun,
} from "../../../consensus-nodes/replica/log-storage.ts";
import type { OpenLog } from "../log-disk.ts";

export class AlteredLog implements LogStorage {
  readonly hardState: HardState;
  readonly base: TermRun;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly terms: readonly TermRun[];
  readonly configurations: readonly number[];
  protected readonly log: OpenLog;

  constructor(log: OpenLog, hardState = log.hardState) {
    this.log = log;
    this.hardState = hardState;
    this.base = log.base;
    this.firstIndex = log.firstIndex;
    this.lastIndex = log.lastIndex;
    this.terms = log.terms;
    this.configurations = log.configurations;
  }

  entrySizes(): Iterable<number> {
    return this.log.entrySizes();
  }

  persist(job: PersistJob, done: () => void): void {
    this.log.persist(job, done);
  }

  read(first: number, last: number, maxBytes: number): StoredEntry[] {
    return this.log.read(first, last, maxBytes);
  }

  compact(index: number): void {
    this.log.compact(index);
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

/** Calls what is written durable before it is. */
export class HastyLog extends AlteredLog {
  readonly #after: (milliseconds: number, action: () => void) => void;
  readonly #isHasty: (job: PersistJob) => boolean;
  #underWay = 0;

  constructor(
    log: OpenLog,
    after: (milliseconds: number, action: () => void) => void,
    isHasty: (job: PersistJob) => boolean = () => true,
  ) {
    super(log);
    this.#after = after;
    this.#isHasty = isHasty;
  }

  override persist(job: PersistJob, done: () => void): void {
    // Answers stay in order: what follows something honest waits with it.
    if (this.#underWay === 0 && this.#isHasty(job)) {
      this.log.persist(job, () => {});
      this.#after(0, () => this.log.calls(done));
      return;
    }
    this.#underWay += 1;
    this.log.persist(job, () => {
      this.#underWay -= 1;
      done();
    });
  }
}
