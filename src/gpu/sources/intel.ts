import type { GpuReading } from '../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../source.js';
import { cardUnavailable, findCards, SYSFS, type SysfsCard } from './sysfs-card.js';

const DRIVERS = ['i915', 'xe'];
/** Counters of milliseconds tell nothing of a shorter time, ms. */
const SHORTEST_MS = 50;

/** Counters that only mean something against their value in the sample before. */
interface Counters {
  readonly at: number;
  readonly energyJoules: number | undefined;
  readonly idleMs: number | undefined;
}

/**
 * Reads Intel GPUs from what the i915 and xe kernel drivers show in sysfs and hwmon: no process, no library, no root.
 * Power and load are differences between two samples, so the first has none.
 */
export class IntelSource implements GpuSource {
  readonly name = 'intel';
  readonly #root: string;
  #before: ReadonlyMap<string, Counters> = new Map();

  /** @param root where the kernel lists its graphics cards. @default '/sys/class/drm' */
  constructor(root = SYSFS) {
    this.#root = root;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    const cards = await findCards(this.#root, DRIVERS, signal);
    const counters = new Map<string, Counters>();
    const readings = await Promise.all(
      cards.map(async (card, index) => ({
        ...(await identify(card, index)),
        ...((await card.isAsleep()) ? { gpuPercent: 0 } : await this.#read(card, counters)),
      })),
    );
    signal.throwIfAborted();
    this.#before = counters;
    return { readings, faults: [] };
  }

  async close(): Promise<void> {}

  async #read(card: SysfsCard, counters: Map<string, Counters>): Promise<Partial<GpuReading>> {
    const [now, sensors] = await Promise.all([readCounters(card), readSensors(card)]);
    const before = this.#before.get(card.pciAddress);
    const isSoon = before !== undefined && now.at - before.at < SHORTEST_MS;
    counters.set(card.pciAddress, isSoon ? before : now);
    return { ...sensors, energyJoules: now.energyJoules, ...(isSoon ? {} : between(before, now)) };
  }
}

/** `undefined` where a card with the i915 or xe driver is there. */
export const intelUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    DRIVERS,
    'on a host with an Intel GPU: load the xe or i915 kernel driver, and give a container its /sys',
  );

async function readCounters(card: SysfsCard): Promise<Counters> {
  const at = performance.now();
  const [energyJoules, idleMs] = await Promise.all([
    // Of the card; where it has none, of the package.
    card.millionths('energy1_input', 'energy2_input'),
    card.number(
      'device/tile0/gt0/gtidle/idle_residency_ms',
      'gt/gt0/rc6_residency_ms',
      // Kernels before 5.19.
      'power/rc6_residency_ms',
    ),
  ]);
  return { at, energyJoules, idleMs };
}

/**
 * Mean power, and the share of time in which the render engines were not powered down: an upper bound of their load.
 * A counter that went back was reset.
 */
function between(before: Counters | undefined, now: Counters): Pick<GpuReading, 'watts' | 'gpuPercent'> {
  if (before === undefined) return {};
  const ms = now.at - before.at;
  const joules = grown(before.energyJoules, now.energyJoules);
  const idleMs = grown(before.idleMs, now.idleMs);
  return {
    watts: joules === undefined ? undefined : (joules / ms) * 1000,
    gpuPercent: idleMs === undefined ? undefined : Math.max(0, 100 - (idleMs / ms) * 100),
  };
}

const grown = (before: number | undefined, now: number | undefined) =>
  before === undefined || now === undefined || now < before ? undefined : now - before;

async function identify(card: SysfsCard, index: number): Promise<GpuReading> {
  const [driverVersion, total, free] = await Promise.all([
    card.driverVersion(),
    // Only Intel's own builds of i915 tell; xe tells root alone.
    card.mebibytes('lmem_total_bytes'),
    card.mebibytes('lmem_avail_bytes'),
  ]);
  return {
    device: `xpu:${index}`,
    index,
    vendor: 'intel',
    pciAddress: card.pciAddress,
    driverVersion,
    memoryUsedMib: total === undefined || free === undefined ? undefined : total - free,
    memoryTotalMib: total,
    memoryFreeMib: free,
  };
}

async function readSensors(card: SysfsCard): Promise<Partial<GpuReading>> {
  const [celsius, limit, graphicsClockMhz] = await Promise.all([
    card.celsius('temp1_input', 'temp2_input'),
    card.millionths('power1_max', 'power2_max', 'power1_cap'),
    card.number('device/tile0/gt0/freq0/act_freq', 'gt/gt0/rps_act_freq_mhz', 'gt_act_freq_mhz'),
  ]);
  // A limit of 0 is none.
  return { celsius, limitWatts: limit || undefined, graphicsClockMhz };
}
