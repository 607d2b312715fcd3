/** What a Raft group keeps of its log on a disk, or, in the simulator, on something that behaves like one. */

export interface StoredEntry {
  /** 1 <= index */
  readonly index: number;
  /** Never below the term of the entry before it. */
  readonly term: number;
  /** What the entry is, as its owner numbers it: 0 to 255. */
  readonly kind: number;
  /** Milliseconds since the epoch: a whole number. */
  readonly time: number;
  /** Kept by reference until it has left the cache: not to be changed once handed over. */
  readonly data: Uint8Array;
}

export interface HardState {
  readonly term: number;
  /** The node this one voted for in `term`. */
  readonly vote: number | null;
}

/** The first index of a stretch of entries of one term. */
export interface TermRun {
  readonly index: number;
  readonly term: number;
}

export interface PersistJob {
  /**
   * A snapshot takes the place of the log so far: none of it counts any more, and the next entry follows this one. Goes to the
   * disk first. What replaces the log is durable already.
   */
  readonly restart?: TermRun;
  /** Goes to the disk before the entries do. */
  readonly hardState?: HardState;
  /** Of consecutive indexes; the first at most one past the last index there is. */
  readonly entries: readonly StoredEntry[];
}

export interface LogStorage {
  /** What was found at opening, like the five below it; `persist` does not change them. Term 0 and no vote in a fresh log. */
  readonly hardState: HardState;
  /** The entry before the first, {0, 0} in a fresh log. */
  readonly base: TermRun;
  /** 1 in a fresh log. */
  readonly firstIndex: number;
  /** `firstIndex - 1` when there are no entries. */
  readonly lastIndex: number;
  /** Ascending. */
  readonly terms: readonly TermRun[];
  /** Indexes of the entries of kind `configuration`, ascending. */
  readonly configurations: readonly number[];

  /** Bytes of data of each entry from `firstIndex` to `lastIndex`, as found at opening. To be walked before the first `persist`. */
  entrySizes(): Iterable<number>;

  /**
   * Appends. An entry whose index exists already takes its place, and that of all after it.
   * `done` is called when all of the job is durable: never within this call, in the order of the calls, and never after a failure.
   */
  persist(job: PersistJob, done: () => void): void;

  /**
   * The entries from `first` on, up to `last` or until the next would bring their data beyond `maxBytes`; one at least.
   * Entries that are not durable yet are there too. Both indexes must exist.
   */
  read(first: number, last: number, maxBytes: number): StoredEntry[];

  /**
   * Entries up to and with `index` are not needed any more: a durable snapshot covers them. They cannot be read from now on, and
   * their files go, in time. Nothing happens when they are gone.
   */
  compact(index: number): void;

  /** Resolves when all that was to be persisted has been, or has failed, and the files are closed. */
  close(): Promise<void>;
}
