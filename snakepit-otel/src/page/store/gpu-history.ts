import { GPU_METRICS, type GpuMetric, type GpuSeries, MAX_STEPS, type ProcessSeries } from '../contract.js';
import { LIMITS, MAX_PROCESS_SERIES } from './limits.js';

const { seconds: SECONDS } = LIMITS;

/** Digits after the point. */
const DIGITS: Readonly<Record<GpuMetric, number>> = {
  memory: 0,
  utilization: 3,
  power: 1,
  temperature: 1,
  clock: 0,
  throttle: 2,
};

/** Column of one value a second. */
const column = () => new Float32Array(SECONDS).fill(Number.NaN);

/** Part of the history, and the length of its steps. */
export interface Window {
  /** Start of the first step, ms since 1970. */
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

/** Returns the window of at most 720 steps of whole seconds that covers a time. @param from ms since 1970 @param to ms since 1970 */
export function windowOf(from: number, to: number): Window {
  const first = Math.floor(Math.max(from, to - (SECONDS - 1) * 1000) / 1000);
  const seconds = Math.max(1, Math.min(SECONDS, Math.floor(to / 1000) - first + 1));
  const step = Math.ceil(seconds / MAX_STEPS);
  const start = Math.floor(first / step) * step;
  return {
    from: start * 1000,
    step: step * 1000,
    count: Math.min(MAX_STEPS, Math.ceil((first + seconds - start) / step)),
  };
}

/** Readings of a GPU, one a second for an hour. Constant in size. */
export class GpuHistory {
  readonly #columns = GPU_METRICS.map(column);
  readonly #processes = new Map<number, Float32Array>();
  /** Second of the newest row. */
  #last = -1;

  /** Bytes of the columns. */
  get bytes(): number {
    return (this.#columns.length + this.#processes.size) * SECONDS * Float32Array.BYTES_PER_ELEMENT;
  }

  /**
   * Adds a row. Seconds since the row before are filled with that row if there are few: a reading counts until the next.
   *
   * @param now ms since 1970
   * @param values in the order of the metrics; NaN for what was not read
   * @param holdMs time for which a reading counts, ms
   */
  add(now: number, values: Float64Array, holdMs: number): void {
    // A clock that was set back does not rewrite the past.
    const second = Math.max(Math.floor(now / 1000), this.#last);
    const isHeld = this.#last >= 0 && (second - this.#last) * 1000 <= holdMs;
    for (const each of [...this.#columns, ...this.#processes.values()]) this.#advance(each, second, isHeld);
    for (const [index, value] of values.entries()) {
      if (!Number.isNaN(value)) (this.#columns[index] as Float32Array)[second % SECONDS] = value;
    }
    this.#last = second;
  }

  /** Sets the memory of a process in the newest row. */
  setProcessMemory(pid: number, mebibytes: number): void {
    let values = this.#processes.get(pid);
    if (values === undefined) {
      if (this.#processes.size >= MAX_PROCESS_SERIES && !this.#dropEmptyProcess()) return;
      values = column();
      this.#processes.set(pid, values);
    }
    values[this.#last % SECONDS] = mebibytes;
  }

  series(window: Window): GpuSeries {
    const { from, step } = window;
    const mean: Partial<Record<GpuMetric, (number | null)[]>> = {};
    const min: Partial<Record<GpuMetric, (number | null)[]>> = {};
    const max: Partial<Record<GpuMetric, (number | null)[]>> = {};
    let hasBand = false;
    for (const [index, metric] of GPU_METRICS.entries()) {
      const steps = this.steps(index, window);
      mean[metric] = steps.mean;
      if (!steps.isBand) continue;
      hasBand = true;
      min[metric] = steps.min;
      max[metric] = steps.max;
    }
    return { from, step, mean: mean as GpuSeries['mean'], ...(hasBand ? { min, max } : {}) };
  }

  processSeries(window: Window): ProcessSeries[] {
    return [...this.#processes].flatMap(([pid, values]) => {
      const { max } = this.#steps(values, window, 0);
      return max.some((value) => value !== null) ? [{ pid, memory: max }] : [];
    });
  }

  /** Returns the steps of a metric. @param index position in `GPU_METRICS` */
  steps(index: number, window: Window): Steps {
    return this.#steps(this.#columns[index] as Float32Array, window, DIGITS[GPU_METRICS[index] as GpuMetric]);
  }

  #steps(values: Float32Array, { from, step, count }: Window, digits: number): Steps {
    const factor = 10 ** digits;
    const round = (value: number) => Math.round(value * factor) / factor;
    const steps: Steps = { mean: [], min: [], max: [], isBand: false };
    const oldest = this.#last - SECONDS + 1;
    let second = from / 1000;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      let samples = 0;
      let least = Number.POSITIVE_INFINITY;
      let greatest = Number.NEGATIVE_INFINITY;
      for (const end = second + step / 1000; second < end; second++) {
        if (second < oldest || second > this.#last) continue;
        const value = values[second % SECONDS] as number;
        if (Number.isNaN(value)) continue;
        sum += value;
        samples++;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      steps.mean.push(samples === 0 ? null : round(sum / samples));
      steps.min.push(samples === 0 ? null : round(least));
      steps.max.push(samples === 0 ? null : round(greatest));
      if (least < greatest) steps.isBand = true;
    }
    return steps;
  }

  #advance(values: Float32Array, second: number, isHeld: boolean): void {
    const first = Math.max(this.#last + 1, second - SECONDS + 1);
    const held = isHeld ? (values[this.#last % SECONDS] as number) : Number.NaN;
    for (let each = first; each < second; each++) values[each % SECONDS] = held;
    if (second > this.#last) values[second % SECONDS] = Number.NaN;
  }

  #dropEmptyProcess(): boolean {
    for (const [pid, values] of this.#processes) {
      if (values.every((value) => Number.isNaN(value))) return this.#processes.delete(pid);
    }
    return false;
  }
}

interface Steps {
  readonly mean: (number | null)[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
  /** True if a step has values that differ. */
  isBand: boolean;
}
