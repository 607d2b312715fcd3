/**
 * A histogram that costs an addition per observation. prom-client's own checks and hashes its labels each time, which takes a
 * tenth of a small request; it writes this one out like its own.
 */
import { Counter, Histogram, type Registry } from "prom-client";

/** Seconds. From a read in memory to the longest that the core may take. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

interface Series {
  readonly labels: Readonly<Record<string, string | number>>;
  /** One per bucket and one for what is slower. */
  readonly counts: number[];
  sum: number;
  total: number;
}

interface TimingsOptions {
  readonly name: string;
  readonly help: string;
  /** The name of a counter of the same events. */
  readonly counter: string;
  readonly labels: readonly [string, string, string];
  readonly registry: Registry;
}

export class Timings extends Histogram {
  readonly #options: TimingsOptions;
  readonly #series: Series[] = [];
  /** The same, by the values of its labels: each found by a name that is there already, for to put one together takes longer. */
  readonly #byLabels = new Map<string, Map<string, Map<string | number, Series>>>();

  constructor(options: TimingsOptions) {
    const { name, help, labels, registry } = options;
    super({ name, help, labelNames: labels, buckets: BUCKETS, registers: [registry] });
    this.#options = options;
    const series = this.#series;
    new Counter({
      name: options.counter,
      help: `How many there were: ${help}`,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, total } of series) this.inc({ ...labels }, total);
      },
    });
  }

  add(first: string, second: string, third: string | number, milliseconds: number): void {
    const series = this.#byLabels.get(first)?.get(second)?.get(third) ?? this.#begin(first, second, third);
    const seconds = milliseconds / 1000;
    let bucket = 0;
    while (seconds > (BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
    series.total += 1;
  }

  /** What the registry asks for when it writes text. */
  getForPromString() {
    const { name, help } = this.#options;
    return {
      name,
      help,
      type: "histogram",
      values: this.#series.flatMap((series) => lines(name, series)),
    };
  }

  #begin(first: string, second: string, third: string | number): Series {
    const [one, two, three] = this.#options.labels;
    const labels = { [one]: first, [two]: second, [three]: third };
    const series = { labels, counts: new Array(BUCKETS.length + 1).fill(0), sum: 0, total: 0 };
    this.#series.push(series);
    const ofFirst = this.#byLabels.get(first) ?? new Map<string, Map<string | number, Series>>();
    const ofSecond = ofFirst.get(second) ?? new Map<string | number, Series>();
    this.#byLabels.set(first, ofFirst.set(second, ofSecond.set(third, series)));
    return series;
  }
}

function lines(name: string, { labels, counts, sum, total }: Series) {
  let below = 0;
  const buckets = counts.map((count, i) => {
    below += count;
    return { metricName: `${name}_bucket`, labels: { le: BUCKETS[i] ?? "+Inf", ...labels }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
