import { GPU_METRICS, type GpuMetric, type GpuSeries, MAX_STEPS } from '../../../page/contract.js';

type Column = (number | null)[];

interface PartsOptions {
  readonly rangeMs: number;
  readonly now: number;
  readonly holdMs: number;
}

/** Readings of one GPU over the range, in steps of equal length; the last one is still filling. */
export class History {
  #from: number;
  readonly #step: number;
  readonly #columns: Record<GpuMetric, Column>;
  #length: number;
  /** Samples in the last step. */
  #samples = 1;

  constructor(series: Partial<GpuSeries> | undefined) {
    const { from, step, mean } = series ?? {};
    this.#from = from ?? 0;
    this.#step = step !== undefined && step > 0 ? step : 1000;
    const column = (metric: GpuMetric): Column => [...(mean?.[metric] ?? [])].slice(-MAX_STEPS);
    this.#columns = Object.fromEntries(GPU_METRICS.map((metric) => [metric, column(metric)])) as Record<
      GpuMetric,
      Column
    >;
    this.#length = Math.max(...GPU_METRICS.map((metric) => this.#columns[metric].length));
  }

  /** Returns a history that further samples do not change. */
  copy(): History {
    return new History({ from: this.#from, step: this.#step, mean: this.#columns });
  }

  /** Appends a sample: values in the order of `GPU_METRICS`. */
  append(ts: number, values: readonly (number | null)[]): void {
    if (this.#length === 0) this.#from = ts;
    const index = Math.floor((ts - this.#from) / this.#step);
    if (index < this.#length - 1) return;
    const isNew = index >= this.#length;
    this.#samples = isNew ? 1 : this.#samples + 1;
    if (isNew) this.#extend(Math.min(index + 1 - this.#length, MAX_STEPS));
    GPU_METRICS.forEach((metric, position) => {
      const value = values[position] ?? null;
      const column = this.#columns[metric];
      const last = this.#length - 1;
      const before = column[last] ?? null;
      if (value !== null) column[last] = before === null ? value : before + (value - before) / this.#samples;
    });
    // After a pause longer than what is kept, the times of the steps are those of the newest.
    this.#from = ts - ((ts - this.#from) % this.#step) - (this.#length - 1) * this.#step;
  }

  /** Returns the last value; null if it was not read. */
  last(metric: GpuMetric): number | null {
    return this.#columns[metric][this.#length - 1] ?? null;
  }

  /**
   * Returns means of so many equal parts of the range up to `now`; null where nothing was read. Parts begin at multiples of their
   * length, so that a part in the past never changes. A value holds for `holdMs` if none follows.
   */
  parts(metric: GpuMetric, count: number, { rangeMs, now, holdMs }: PartsOptions): (number | null)[] {
    const length = rangeMs / count;
    const start = (Math.floor(now / length) + 1 - count) * length;
    const sums = new Array<number>(count).fill(0);
    const counts = new Array<number>(count).fill(0);
    const column = this.#columns[metric];
    for (let index = 0; index < this.#length; index += 1) {
      const value = column[index] ?? null;
      const part = Math.floor((this.#from + index * this.#step - start) / length);
      if (value === null || part < 0 || part >= count) continue;
      sums[part] = (sums[part] ?? 0) + value;
      counts[part] = (counts[part] ?? 0) + 1;
    }
    let held: number | null = null;
    let heldFor = 0;
    return sums.map((sum, part) => {
      const isRead = counts[part] !== 0;
      if (isRead) held = sum / (counts[part] ?? 1);
      heldFor = isRead ? 0 : heldFor + length;
      return heldFor <= holdMs ? held : null;
    });
  }

  #extend(count: number): void {
    for (const metric of GPU_METRICS) {
      const column = this.#columns[metric];
      while (column.length < this.#length) column.push(null);
      for (let i = 0; i < count; i += 1) column.push(null);
      column.splice(0, Math.max(0, column.length - MAX_STEPS));
    }
    this.#length = Math.min(this.#length + count, MAX_STEPS);
  }
}
