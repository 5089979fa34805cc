import type { Attributes } from '../../catalog/attributes.js';
import { warnOnce } from '../../common/warn-once.js';
import { isDescendant } from '../../system/is-descendant.js';
import type { GpuReading } from '../readings.js';
import { AUTO, type SpanGpu } from './span-gpu.js';
import {
  FRESH_MS,
  type GpuInterval,
  intervalOf,
  type TimedReading,
  UsageAccumulator,
} from './usage-accumulator.js';

/** What a span has used so far, by device. */
export class SpanGpuUsage {
  readonly #meters = new Map<string, UsageAccumulator>();
  #shared = false;
  #endedAt = Number.POSITIVE_INFINITY;
  #whole: SpanGpuUsage | undefined;

  /**
   * @param whole of the span that this one is a part of
   * @param newest readings by device
   */
  constructor(
    readonly gpu: SpanGpu,
    whole: SpanGpuUsage | undefined,
    private readonly startedAt: number,
    newest: ReadonlyMap<string, TimedReading>,
  ) {
    this.#whole = SpanGpuUsage.#open(whole);
    for (let each = this.#whole; each !== undefined; each = each.#whole) {
      each.#whole = SpanGpuUsage.#open(each.#whole);
    }
    if (gpu === AUTO) for (const timed of newest.values()) this.#begin(timed);
    else this.#begin(newest.get(gpu));
  }

  /** @param interval of a device that it is about */
  add(interval: GpuInterval): void {
    const { device } = interval.to.reading;
    (this.#meters.get(device) ?? this.#meter(device)).add(interval, this.#endedAt);
  }

  /** Marks it and those that are open on the same device as shared; a part of a whole shares nothing. */
  markShared(others: Iterable<SpanGpuUsage>): void {
    for (const other of others) {
      if ((this.#shared && other.#shared) || other.isOver || this.#isPartOf(other)) continue;
      this.#shared = true;
      other.#shared = true;
    }
  }

  /** The span is over; readings that come later may still tell of it. */
  end(): void {
    this.#endedAt = performance.now();
  }

  attributes(): Attributes {
    const device = this.gpu === AUTO ? this.#deviceUsed() : this.gpu;
    if (device === undefined) return {};
    const attributes = this.#meters.get(device)?.attributes(device, this.#endedAt);
    if (attributes === undefined) return {};
    return this.#shared ? { ...attributes, 'snakepit.gpu.shared': true } : attributes;
  }

  #begin(before: TimedReading | undefined): void {
    if (before === undefined) return;
    const meter = this.#meter(before.reading.device, before.reading);
    const { startedAt } = this;
    // So fresh that no other was asked for: it is the reading at the start.
    if (startedAt - before.at < FRESH_MS) meter.add(intervalOf(undefined, { ...before, at: startedAt }));
  }

  #meter(device: string, before?: GpuReading): UsageAccumulator {
    const meter = new UsageAccumulator(this.startedAt, before);
    this.#meters.set(device, meter);
    return meter;
  }

  private get isOver(): boolean {
    return this.#endedAt !== Number.POSITIVE_INFINITY;
  }

  #isPartOf(other: SpanGpuUsage): boolean {
    for (let whole = this.#whole; whole !== undefined; whole = whole.#whole) if (whole === other) return true;
    return false;
  }

  /** The nearest that is not over. Work of many steps, each begun by the one before, must not keep all of them. */
  static #open(account: SpanGpuUsage | undefined): SpanGpuUsage | undefined {
    return account?.isOver ? SpanGpuUsage.#open(account.#whole) : account;
  }

  /** The only GPU, or else the only one on which this process or one that it started holds memory. */
  #deviceUsed(): string | undefined {
    const devices = [...this.#meters.keys()];
    if (devices.length <= 1) return devices[0];
    const own = devices.filter((device) =>
      this.#meters.get(device)?.newest?.processes?.some(({ pid }) => isDescendant(pid)),
    );
    if (own.length === 1) return own[0];
    warnOnce(
      `GPU cost of spans: which of ${devices.join(', ')} is theirs cannot be told; name it instead of '${AUTO}'`,
    );
    return undefined;
  }
}
