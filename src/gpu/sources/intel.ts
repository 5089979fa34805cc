import type { GpuReading } from '../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../source.js';
import { cardUnavailable, findCards, SYSFS, type SysfsCard } from './sysfs-card.js';

const DRIVERS = ['i915', 'xe'];
/** Shortest time over which counters of milliseconds are compared, ms. */
const MIN_ELAPSED_MS = 50;

/** A value of a counter and when it was read, ms of `performance.now()`. */
interface Count {
  readonly at: number;
  readonly value: number;
}

/** Counters, which are compared with those of the previous sample. */
interface Counters {
  readonly at: number;
  readonly energyJoules: Count | undefined;
  /** Of each tile. */
  readonly idleMs: readonly (Count | undefined)[];
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
    counters.set(card.pciAddress, isTooEarly ? before : keepMissing(before, now));
    const energyJoules = now.energyJoules?.value;
    return { ...sensors, energyJoules, ...(isTooEarly ? {} : meansOf(before, now)) };
  }
}

/** A counter that could not be read is compared with the next value once it can be. */
const keepMissing = (before: Counters | undefined, now: Counters): Counters => ({
  at: now.at,
  energyJoules: now.energyJoules ?? before?.energyJoules,
  idleMs: now.idleMs.map((count, tile) => count ?? before?.idleMs[tile]),
});

/** Returns `undefined` if there is a card with the i915 or xe driver. */
export const intelUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    DRIVERS,
    'on a host with an Intel GPU: load the xe or i915 kernel driver, and mount /sys of the host in a container',
  );

async function readCounters(card: SysfsCard): Promise<Counters> {
  const at = performance.now();
  const count = (value: number | undefined): Count | undefined =>
    // The driver reads 0 while the hardware does not answer.
    value === undefined || value === 0 ? undefined : { at, value };
  const [joules, idleMs] = await Promise.all([
    // Counter of the card, else of the package.
    card.millionths('energy1_input', 'energy2_input'),
    readIdleMs(card),
  ]);
  return {
    at,
    energyJoules: count(joules),
    idleMs: idleMs.map((ms) => (ms === undefined ? ms : { at, value: ms })),
  };
}

/** Reads the time in which the render engines of each tile were powered down, ms. */
async function readIdleMs(card: SysfsCard): Promise<(number | undefined)[]> {
  const folders = await renderFolders(card);
  if (folders.length > 0) {
    return Promise.all(folders.map((folder) => card.number(`${folder}/gtidle/idle_residency_ms`)));
  }
  // i915; the second file is that of kernels before 5.19.
  return [await card.number('gt/gt0/rc6_residency_ms', 'power/rc6_residency_ms')];
}

/** Returns the clock of the render engines, of the fastest tile, MHz. */
async function readClock(card: SysfsCard): Promise<number | undefined> {
  const folders = await renderFolders(card);
  if (folders.length === 0) return card.number('gt/gt0/rps_act_freq_mhz', 'gt_act_freq_mhz');
  const clocks = await Promise.all(folders.map((folder) => card.number(`${folder}/freq0/act_freq`)));
  const known = clocks.filter((clock) => clock !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Returns the folder of the render engines of each tile of an xe card; empty for i915. */
async function renderFolders(card: SysfsCard): Promise<string[]> {
  const tiles = await card.list('device', /^tile\d+$/);
  const folders = await Promise.all(tiles.sort().map((tile) => renderFolder(card, `device/${tile}`)));
  return folders.filter((folder) => folder !== undefined);
}

/** Returns the folder of a tile's GT with the render engines: the others, such as `gt1-mc`, have the media engines. */
async function renderFolder(card: SysfsCard, tile: string): Promise<string | undefined> {
  const folders = (await card.list(tile, /^gt\d+$/)).sort().map((name) => `${tile}/${name}`);
  for (const folder of folders) {
    if ((await card.text(`${folder}/gtidle/name`))?.endsWith('-rc') === true) return folder;
  }
  return folders[0];
}

/**
 * Returns the mean power, and the share of time in which the render engines were powered, as the mean of all tiles: an upper bound of
 * their utilization.
 */
function meansOf(before: Counters | undefined, now: Counters): Pick<GpuReading, 'watts' | 'gpuPercent'> {
  if (before === undefined) return {};
  const joules = rate(before.energyJoules, now.energyJoules);
  const idleShares = now.idleMs.flatMap((count, tile) => {
    const idle = rate(before.idleMs[tile], count);
    // A counter cannot grow faster than time; what remains is the inaccuracy of both clocks.
    return idle === undefined || idle > MAX_IDLE_RATE ? [] : Math.min(1, idle);
  });
  const idleShare = idleShares.reduce((sum, share) => sum + share, 0) / idleShares.length;
  return {
    watts: joules === undefined ? undefined : joules * 1000,
    gpuPercent: idleShares.length === 0 ? undefined : 100 - idleShare * 100,
  };
}

const MAX_IDLE_RATE = 1.5;

/** Returns the increase of a counter for each ms; `undefined` if it was reset. */
const rate = (before: Count | undefined, now: Count | undefined): number | undefined =>
  before === undefined || now === undefined || now.value < before.value || now.at <= before.at
    ? undefined
    : (now.value - before.value) / (now.at - before.at);

async function identify(card: SysfsCard, index: number): Promise<GpuReading> {
  const [driverVersion, total, free] = await Promise.all([
    card.driverVersion(),
    // In Intel's own builds of i915 only.
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
    readClock(card),
  ]);
  // 0 means no limit.
  return { celsius, limitWatts: limit || undefined, graphicsClockMhz };
}
