import { type Signal, signal } from '@preact/signals';
import type { Gpu, GpuProcess } from '../../contract.js';
import { Columns } from './columns.js';

export type GpuInfo = Omit<Gpu, 'series' | 'processSeries'>;

/** What one GPU shows now, in units of the contract; `undefined` if not read. */
export interface GpuNow {
  readonly info: GpuInfo;
  readonly ts: number;
  readonly memory?: number;
  readonly utilization?: number;
  readonly power?: number;
  readonly temperature?: number;
  readonly clock?: number;
  readonly throttle?: number;
}

/** A page that is hidden or paused keeps at most so many readings apart from the columns. */
const MOST_PENDING = 64;

/** Rows and columns of one GPU. Its signal changes when {@link GpuModel.publish} is called. */
export class GpuModel {
  readonly device: string;
  readonly now: Signal<GpuNow>;
  readonly #columns: Columns;
  readonly #pending: Parameters<Columns['append']>[] = [];
  #info: GpuInfo;
  #values: readonly (number | null)[];
  #ts: number;
  #isDirty = false;

  constructor(gpu: Gpu, rangeMs: number) {
    const { series: _, processSeries: __, ...info } = gpu;
    this.device = info.device;
    this.#info = info;
    this.#ts = info.lastSeen;
    this.#columns = new Columns(gpu, rangeMs);
    this.#values = lastValues(this.#columns);
    this.now = signal(this.#compose());
  }

  update(info: GpuInfo): void {
    this.#info = info;
    this.#isDirty = true;
  }

  append(ts: number, values: readonly (number | null)[], processes: readonly GpuProcess[] | undefined): void {
    if (processes !== undefined) this.#info = { ...this.#info, processes };
    this.#info = { ...this.#info, lastSeen: ts, isLost: false };
    this.#ts = ts;
    this.#values = values;
    this.#pending.push([ts, values, this.#info.processes]);
    if (this.#pending.length === MOST_PENDING) this.#takePending();
    this.#isDirty = true;
  }

  get columns(): Columns {
    this.#takePending();
    return this.#columns;
  }

  readonly publish = (): void => {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#takePending();
    this.now.value = this.#compose();
  };

  /** Puts readings into the columns: not when they arrive, as those of many GPUs arrive together. */
  #takePending(): void {
    for (const sample of this.#pending.splice(0)) this.#columns.append(...sample);
  }

  #compose(): GpuNow {
    const [memory, utilization, power, temperature, clock, throttle] = this.#values.map(
      (value) => value ?? undefined,
    );
    return {
      info: this.#info,
      ts: this.#ts,
      memory,
      utilization,
      power,
      temperature,
      clock,
      throttle,
    };
  }
}

function lastValues({ mean }: Columns): (number | null)[] {
  return [mean.memory, mean.utilization, mean.power, mean.temperature, mean.clock, mean.throttle].map(
    (column) => column.at(-1) ?? null,
  );
}
