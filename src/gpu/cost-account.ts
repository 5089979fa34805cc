import type { Attributes } from '../attributes.js';
import { sayOnce } from '../events/problems.js';
import { isOwnProcess } from '../system/own-process.js';
import { FRESH_MS, GpuCostMeter, type TimedReading } from './cost-meter.js';
import { AUTO, type SpanGpu } from './span-gpu.js';

/** What a span has used so far, by device. */
export class GpuCostAccount {
  readonly #meters = new Map<string, GpuCostMeter>();
  #shared = false;
  #endedAt: number | undefined;

  constructor(
    readonly device: SpanGpu,
    private readonly parent: GpuCostAccount | undefined,
    private readonly startedAt: number,
    before: ReadonlyMap<string, TimedReading>,
  ) {
    for (const [name, timed] of before) {
      if (!this.#concerns(name)) continue;
      const meter = this.#meter(name, timed);
      // So fresh that no other was asked for: it is the reading at the start.
      if (startedAt - timed.at < FRESH_MS) meter.add({ ...timed, at: startedAt });
    }
  }

  add(timed: TimedReading): void {
    const { device } = timed.reading;
    if (!this.#concerns(device)) return;
    (this.#meters.get(device) ?? this.#meter(device)).add(timed);
  }

  /** Marks it and those that are open on the same device at the same time as shared; a part of a whole shares nothing. */
  meet(others: Iterable<GpuCostAccount>): void {
    for (const other of others) {
      const sameDevice = this.#concerns(other.device) || other.#concerns(this.device);
      if (!sameDevice || other.#endedAt !== undefined || this.#isPartOf(other)) continue;
      this.#shared = true;
      other.#shared = true;
    }
  }

  /** The span is over; readings that come later may still tell of it. */
  end(): void {
    this.#endedAt = performance.now();
  }

  cost(): Attributes {
    const device = this.device === AUTO ? this.#deviceUsed() : this.device;
    if (device === undefined) return {};
    const attributes = this.#meters.get(device)?.attributes(device, this.#endedAt ?? performance.now());
    if (attributes === undefined) return {};
    return this.#shared ? { ...attributes, 'snakepit.gpu.shared': true } : attributes;
  }

  #concerns(device: string): boolean {
    return this.device === AUTO || device === this.device;
  }

  #isPartOf(other: GpuCostAccount): boolean {
    for (let whole = this.parent; whole !== undefined; whole = whole.parent) if (whole === other) return true;
    return false;
  }

  #meter(device: string, before?: TimedReading): GpuCostMeter {
    const meter = new GpuCostMeter(this.startedAt, before);
    this.#meters.set(device, meter);
    return meter;
  }

  /** The only GPU, or else the only one on which this process or one that it started holds memory. */
  #deviceUsed(): string | undefined {
    const devices = [...this.#meters.keys()];
    if (devices.length <= 1) return devices[0];
    const own = devices.filter((device) =>
      this.#meters.get(device)?.newest?.reading.processes?.some(({ pid }) => isOwnProcess(pid)),
    );
    if (own.length === 1) return own[0];
    sayOnce(
      `GPU cost of spans: which of ${devices.join(', ')} is theirs cannot be told; name it instead of '${AUTO}'`,
    );
    return undefined;
  }
}
