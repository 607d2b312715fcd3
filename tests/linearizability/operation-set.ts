/** Places in a history, ascending; taken out and put back in O(1) as a search goes down and up again (Knuth's dancing links). */
export class OperationSet {
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  /** How many members are smaller, when none is taken out. */
  private readonly rank: Int32Array;
  private readonly head: number;
  private readonly all: number;
  /** 0 <= size <= all */
  size: number;

  /** @param places ascending, all below `limit` */
  constructor(places: readonly number[], limit: number) {
    this.head = limit;
    this.next = new Int32Array(limit + 1);
    this.previous = new Int32Array(limit + 1);
    this.rank = new Int32Array(limit + 1);
    this.all = places.length;
    this.size = places.length;
    let previous = this.head;
    for (const [rank, place] of places.entries()) {
      this.link(previous, place);
      this.rank[place] = rank;
      previous = place;
    }
    this.link(previous, this.head);
  }

  first(): number | undefined {
    return this.after(this.head);
  }

  /** @param place a member */
  after(place: number): number | undefined {
    const next = this.next[place];
    return next === this.head ? undefined : next;
  }

  take(place: number): void {
    this.link(this.previous[place] ?? this.head, this.next[place] ?? this.head);
    this.size -= 1;
  }

  /** Only the one taken last, of those that are not put back yet. */
  putBack(place: number): void {
    const next = this.next[place] ?? this.head;
    this.link(this.previous[place] ?? this.head, place);
    this.link(place, next);
    this.size += 1;
  }

  /**
   * Equal exactly when the members are. Histories are taken nearly in order, so it is short: how many are out, and which
   * members have others behind them that are out.
   */
  fingerprint(): string {
    const out = this.all - this.size;
    let fingerprint = `${out}`;
    let passed = 0;
    for (let place = this.first(); place !== undefined; place = this.after(place)) {
      const rank = this.rank[place] ?? 0;
      if (rank - passed === out) break;
      fingerprint += `,${rank}`;
      passed += 1;
    }
    return fingerprint;
  }

  private link(place: number, next: number): void {
    this.next[place] = next;
    this.previous[next] = place;
  }
}
