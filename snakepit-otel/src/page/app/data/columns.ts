import { GPU_METRICS, type Gpu, type GpuMetric, type GpuProcess, MAX_STEPS } from '../../contract.js';

type Column = (number | null)[];
export type MetricColumns = Record<GpuMetric, Column>;

/** Memory of one process over the steps, MiB. */
export interface ProcessColumn {
  process: GpuProcess;
  memory: Column;
}

/** Readings of one GPU in steps of equal length, the last of which is still filling. */
export class Columns {
  /** Start of each step, s since 1970: the x values of uPlot. */
  readonly time: number[] = [];
  readonly mean: MetricColumns;
  readonly min: MetricColumns;
  readonly max: MetricColumns;
  readonly processes = new Map<number, ProcessColumn>();
  readonly #origin: number;
  readonly #step: number;
  readonly #capacity: number;
  #samples = 1;

  constructor({ series, processes, processSeries = [] }: Gpu, rangeMs: number) {
    this.#origin = series.from;
    this.#step = series.step > 0 ? series.step : 1000;
    this.#capacity = Math.min(MAX_STEPS, Math.max(1, Math.ceil(rangeMs / this.#step)));
    const length = Math.max(0, ...GPU_METRICS.map((metric) => series.mean[metric]?.length ?? 0));
    for (let index = 0; index < length; index += 1) this.time.push((series.from + index * this.#step) / 1000);
    this.mean = copyColumns(series.mean, length);
    this.min = copyColumns({ ...series.mean, ...series.min }, length);
    this.max = copyColumns({ ...series.mean, ...series.max }, length);
    const histories = new Map(processSeries.map(({ pid, memory }) => [pid, memory]));
    for (const process of processes) {
      const known = histories.get(process.pid);
      const memory: Column = Array.from({ length }, (_, index) => known?.[index] ?? null);
      if (known === undefined && length > 0) memory[length - 1] = process.memory ?? null;
      this.processes.set(process.pid, { process, memory });
    }
    this.#trim();
  }

  /** Appends one sample: values in the order of `GPU_METRICS`, and the processes that hold memory. */
  append(ts: number, values: readonly (number | null)[], processes: readonly GpuProcess[]): void {
    const start = this.#origin + Math.floor((ts - this.#origin) / this.#step) * this.#step;
    const last = this.time.at(-1);
    const isNew = last === undefined || start / 1000 > last;
    if (isNew) this.#startStep(start);
    else this.#samples += 1;
    const index = this.time.length - 1;
    GPU_METRICS.forEach((metric, position) => {
      const value = values[position] ?? null;
      if (value === null) return;
      const before = this.mean[metric][index] ?? null;
      this.mean[metric][index] = before === null ? value : before + (value - before) / this.#samples;
      this.min[metric][index] = Math.min(this.min[metric][index] ?? value, value);
      this.max[metric][index] = Math.max(this.max[metric][index] ?? value, value);
    });
    for (const process of processes) {
      const column = this.processes.get(process.pid) ?? {
        process,
        memory: new Array<number | null>(this.time.length).fill(null),
      };
      column.process = process;
      column.memory[index] = process.goneAt === undefined ? (process.memory ?? null) : null;
      this.processes.set(process.pid, column);
    }
  }

  #startStep(start: number): void {
    const last = this.time.at(-1);
    const capacityMs = this.#capacity * this.#step;
    // Steps without samples are gaps. After a gap longer than the chart, nothing of before is shown.
    let next = last === undefined ? start : Math.max(last * 1000 + this.#step, start - capacityMs);
    for (; next <= start; next += this.#step) {
      this.time.push(next / 1000);
      for (const metric of GPU_METRICS) {
        for (const columns of [this.mean, this.min, this.max]) columns[metric].push(null);
      }
      for (const { memory } of this.processes.values()) memory.push(null);
    }
    this.#samples = 1;
    this.#trim();
  }

  #trim(): void {
    const excess = this.time.length - this.#capacity;
    if (excess <= 0) return;
    this.time.splice(0, excess);
    for (const metric of GPU_METRICS) {
      for (const columns of [this.mean, this.min, this.max]) columns[metric].splice(0, excess);
    }
    for (const [pid, { process, memory }] of this.processes) {
      memory.splice(0, excess);
      if (process.goneAt !== undefined && memory.every((value) => value === null)) this.processes.delete(pid);
    }
  }
}

function copyColumns(columns: Readonly<Record<GpuMetric, readonly (number | null)[]>>, length: number) {
  return Object.fromEntries(
    GPU_METRICS.map((metric) => [
      metric,
      Array.from({ length }, (_, index) => columns[metric]?.[index] ?? null),
    ]),
  ) as MetricColumns;
}
