import type { GpuReading } from '../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../source.js';
import { cardUnavailable, findCards, SYSFS, type SysfsCard } from './sysfs-card.js';

const DRIVERS = ['i915', 'xe'];
/** Shortest time over which counters of milliseconds are compared, ms. */
const MIN_ELAPSED_MS = 50;

/** Counters, which are compared with those of the previous sample. */
interface Counters {
  readonly at: number;
  readonly energyJoules: number | undefined;
  readonly idleMs: number | undefined;
}

/**
 * Reads Intel GPUs from the sysfs and hwmon files of the i915 and xe kernel drivers. Needs no process, library or root.
 * Power and utilization are means between two samples, so the first sample has neither.
 */
export class IntelSource implements GpuSource {
  readonly name = 'intel';
  readonly #root: string;
  #before: ReadonlyMap<string, Counters> = new Map();

  /** @param root folder of the graphics cards. @default '/sys/class/drm' */
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
    const isTooEarly = before !== undefined && now.at - before.at < MIN_ELAPSED_MS;
    counters.set(card.pciAddress, isTooEarly ? before : now);
    return { ...sensors, energyJoules: now.energyJoules, ...(isTooEarly ? {} : meansOf(before, now)) };
  }
}

/** Returns `undefined` if there is a card with the i915 or xe driver. */
export const intelUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    DRIVERS,
    'on a host with an Intel GPU: load the xe or i915 kernel driver, and mount /sys of the host in a container',
  );

async function readCounters(card: SysfsCard): Promise<Counters> {
  const at = performance.now();
  const [energyJoules, idleMs] = await Promise.all([
    // Counter of the card, else of the package.
    card.millionths('energy1_input', 'energy2_input'),
    card.number(
      'device/tile0/gt0/gtidle/idle_residency_ms',
      'gt/gt0/rc6_residency_ms',
      // Kernels before 5.19
      'power/rc6_residency_ms',
    ),
  ]);
  return { at, energyJoules, idleMs };
}

/**
 * Returns the mean power, and the share of time in which the render engines were powered: an upper bound of their
 * utilization.
 */
function meansOf(before: Counters | undefined, now: Counters): Pick<GpuReading, 'watts' | 'gpuPercent'> {
  if (before === undefined) return {};
  const ms = now.at - before.at;
  const joules = increase(before.energyJoules, now.energyJoules);
  const idleMs = increase(before.idleMs, now.idleMs);
  return {
    watts: joules === undefined ? undefined : (joules / ms) * 1000,
    gpuPercent: idleMs === undefined ? undefined : Math.max(0, 100 - (idleMs / ms) * 100),
  };
}

/** Returns the increase of a counter; `undefined` if it was reset. */
const increase = (before: number | undefined, now: number | undefined) =>
  before === undefined || now === undefined || now < before ? undefined : now - before;

async function identify(card: SysfsCard, index: number): Promise<GpuReading> {
  const [driverVersion, total, free] = await Promise.all([
    card.driverVersion(),
    // In Intel's own builds of i915 only; xe has them for root only.
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
  // 0 means no limit.
  return { celsius, limitWatts: limit || undefined, graphicsClockMhz };
}
