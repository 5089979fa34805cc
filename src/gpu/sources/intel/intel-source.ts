import { TurnBudget } from '../../../common/turn-budget.js';
import { toMebibytes } from '../../../common/units.js';
import { KeptFiles } from '../../../system/kept-files.js';
import { SerialFileReader } from '../../../system/serial-file-reader.js';
import type { GpuReading } from '../../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../../source.js';
import { DeviceIndex } from '../drm/device-index.js';
import { DrmProcesses, type DrmSample } from '../drm/drm-processes.js';
import { ProcessTable } from '../drm/process-table.js';
import { CardList } from '../sysfs/card-list.js';
import { cardUnavailable, SYSFS } from '../sysfs/find-cards.js';
import type { SysfsCard } from '../sysfs/sysfs-card.js';
import { type Counters, keepMissing, meansOf } from './counters.js';
import { IntelCard } from './intel-card.js';

const DRIVERS = ['i915', 'xe'];
/** Shortest time over which counters of milliseconds are compared, ms. */
const MIN_ELAPSED_MS = 50;
/** Regions of memory of the card itself. The memory of an integrated GPU is the machine's. */
const OWN_MEMORY = /^(?:vram|local|lmem)\d*$/;

/** Settings of {@link IntelSource}. */
export interface IntelOptions {
  /** Folder of the graphics cards. @default '/sys/class/drm' */
  readonly root?: string;
  /** Folder of the processes. @default '/proc' */
  readonly proc?: string;
}

/**
 * Reads Intel GPUs from the sysfs and hwmon files of the i915 and xe kernel drivers. Needs no process, library or root.
 * Power and utilization are means between two samples, so the first sample has neither.
 */
export class IntelSource implements GpuSource {
  readonly name = 'intel';
  readonly #kept = new KeptFiles();
  readonly #files = new SerialFileReader(new AbortController().signal, this.#kept);
  readonly #cards: CardList<IntelCard>;
  readonly #processes: DrmProcesses;
  #before: ReadonlyMap<string, Counters> = new Map();

  constructor({ root = SYSFS, proc = '/proc' }: IntelOptions = {}) {
    const open = async (cards: readonly SysfsCard[]) => {
      const found: IntelCard[] = [];
      for (const card of cards) found.push(await IntelCard.find(card));
      return found;
    };
    this.#cards = new CardList({ root, drivers: DRIVERS, open }, this.#files, this.#kept);
    this.#processes = new DrmProcesses(proc);
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    this.#files.begin(signal);
    const cards = await this.#cards.list();
    const counters = new Map<string, Counters>();
    const readings: GpuReading[] = [];
    for (const [index, card] of cards.entries()) {
      const known = await identify(card, index);
      const isAsleep = await card.files.isAsleep();
      readings.push({ ...known, ...(isAsleep ? { gpuPercent: 0 } : await this.#read(card, counters)) });
    }
    const at = performance.now();
    const processes = await this.#processes.sample(signal);
    signal.throwIfAborted();
    this.#before = counters;
    await this.#addProcesses(readings, cards, processes);
    return { readings, faults: processes.faults, at };
  }

  async close(): Promise<void> {
    await Promise.all([this.#kept.close(), this.#processes.close()]);
  }

  async #read(card: IntelCard, counters: Map<string, Counters>): Promise<Partial<GpuReading>> {
    const now = await card.counters();
    const sensors = await card.sensors();
    const { pciAddress } = card.files;
    const before = this.#before.get(pciAddress);
    const isTooEarly = before !== undefined && now.at - before.at < MIN_ELAPSED_MS;
    counters.set(pciAddress, isTooEarly ? before : keepMissing(before, now));
    const energyJoules = now.energyJoules?.value;
    return { ...sensors, energyJoules, ...(isTooEarly ? {} : meansOf(before, now)) };
  }

  /** The xe driver reports the memory in use by its clients only: the sum is that of the card if all of them can be seen. */
  async #addProcesses(
    readings: GpuReading[],
    cards: readonly IntelCard[],
    { uses, isComplete }: DrmSample,
  ): Promise<void> {
    if (uses === undefined) return;
    const tables = cards.map(() => new ProcessTable());
    const index = new DeviceIndex(cards.map(({ files }) => files));
    const turn = new TurnBudget();
    for (const use of uses) {
      if (turn.isSpent) await turn.next();
      const at = index.find(use);
      const hasOwn = [...use.client.memory.keys()].some((region) => OWN_MEMORY.test(region));
      if (at !== undefined) tables[at]?.addClient(use, (region) => !hasOwn || OWN_MEMORY.test(region));
    }
    for (const [at, table] of tables.entries()) {
      if (turn.isSpent) await turn.next();
      const reading = readings[at] as GpuReading;
      const { memoryTotalMib: total, memoryUsedMib: used } = reading;
      readings[at] = {
        ...reading,
        memoryUsedMib: used ?? (isComplete ? usedBy(table, total) : undefined),
        processes: await table.list((pid) => this.#processes.nameOf(pid)),
      };
    }
  }
}

/** Returns `undefined` if there is a card with the i915 or xe driver. */
export const intelUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    DRIVERS,
    'on a host with an Intel GPU: load the xe or i915 kernel driver, and mount /sys of the host in a container',
  );

/** Returns what processes hold of the memory of a card, MiB. What several of them share counts for each, so that it may exceed the total. */
function usedBy({ bytes }: ProcessTable, total: number | undefined): number | undefined {
  const used = toMebibytes(bytes);
  return total === undefined || used === undefined ? undefined : Math.min(used, total);
}

async function identify(card: IntelCard, index: number): Promise<GpuReading> {
  return {
    device: `xpu:${index}`,
    index,
    vendor: 'intel',
    pciAddress: card.files.pciAddress,
    driverVersion: await card.files.driverVersion(),
    ...(await card.memory()),
  };
}
