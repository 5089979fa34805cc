import { toMebibytes } from '../../../common/units.js';
import type { GpuReading } from '../../readings.js';
import type { SysfsCard } from '../sysfs/sysfs-card.js';
import type { Count, Counters } from './counters.js';

/** Counters of the card, else of the package. */
const ENERGY = ['energy1_input', 'energy2_input'];
/** Limits of the card, else of the package. */
const LIMITS = ['power1_max', 'power2_max', 'power1_cap', 'power2_cap'];

/** A card with the i915 or xe driver. */
export class IntelCard {
  readonly files: SysfsCard;
  /** Folders of the tiles of an xe card. */
  readonly #tiles: readonly string[];
  /** Files of the render engines of each tile. */
  readonly #engines: readonly EngineFiles[];
  /** The energy counter that the card has. */
  #energy: string | undefined;

  private constructor(files: SysfsCard, tiles: readonly string[], engines: readonly EngineFiles[]) {
    this.files = files;
    this.#tiles = tiles;
    this.#engines = engines;
  }

  static async find(files: SysfsCard): Promise<IntelCard> {
    const names = await files.list('device', /^tile\d+$/);
    const tiles = names.map((name) => `device/${name}`).sort();
    const folders: string[] = [];
    for (const tile of tiles) {
      const folder = await renderFolder(files, tile);
      if (folder !== undefined) folders.push(folder);
    }
    if (tiles.length > 0) return new IntelCard(files, tiles, folders.map(xeFiles));
    return new IntelCard(files, tiles, await i915Tiles(files));
  }

  /** Reads the size of the memory, and what is used where the driver reports it to every user. */
  async memory(): Promise<Partial<GpuReading>> {
    const { files } = this;
    const physical = await this.#physicalMebibytes();
    if (physical !== undefined) return { memoryTotalMib: physical };
    // In Intel's own builds of i915 only.
    const total = await files.constantMebibytes('lmem_total_bytes');
    if (total === undefined) return {};
    const free = await files.mebibytes('lmem_avail_bytes');
    return {
      memoryUsedMib: free === undefined ? undefined : total - free,
      memoryTotalMib: total,
      memoryFreeMib: free,
    };
  }

  async sensors(): Promise<Partial<GpuReading>> {
    const { files } = this;
    let limitWatts: number | undefined;
    for (const limit of LIMITS) {
      // 0 means no limit.
      limitWatts = (await files.millionths(limit)) || undefined;
      if (limitWatts !== undefined) break;
    }
    return {
      celsius: await files.celsius('temp1_input', 'temp2_input'),
      memoryCelsius: await files.celsius('temp3_input'),
      limitWatts,
      graphicsClockMhz: await this.#readClock(),
    };
  }

  async counters(): Promise<Counters> {
    const joules = await this.#readEnergy();
    const at = performance.now();
    const count = (value: number | undefined): Count | undefined =>
      value === undefined ? undefined : { at, value };
    // The driver reads 0 while the hardware does not answer.
    return { at, energyJoules: count(joules || undefined), idleMs: (await this.#readIdleMs()).map(count) };
  }

  async #physicalMebibytes(): Promise<number | undefined> {
    let bytes = 0;
    for (const tile of this.#tiles) {
      const size = Number(await this.files.constant(`${tile}/physical_vram_size_bytes`));
      if (!(size > 0)) return undefined;
      bytes += size;
    }
    return bytes === 0 ? undefined : toMebibytes(bytes);
  }

  async #readEnergy(): Promise<number | undefined> {
    if (this.#energy !== undefined) return this.files.millionths(this.#energy);
    for (const counter of ENERGY) {
      const joules = await this.files.millionths(counter);
      if (joules === undefined) continue;
      this.#energy = counter;
      return joules;
    }
    return undefined;
  }

  /** Reads the time in which the render engines of each tile were powered down, ms. */
  async #readIdleMs(): Promise<(number | undefined)[]> {
    const idle: (number | undefined)[] = [];
    for (const { idleMs } of this.#engines) idle.push(await this.files.number(...idleMs));
    return idle;
  }

  /** Returns the clock of the render engines, of the fastest tile, MHz. */
  async #readClock(): Promise<number | undefined> {
    let highest: number | undefined;
    for (const { clockMhz } of this.#engines) {
      const clock = await this.files.number(...clockMhz);
      if (clock !== undefined && clock >= (highest ?? 0)) highest = clock;
    }
    return highest;
  }
}

/** Files of the render engines of a tile, of which the first that exists counts. */
interface EngineFiles {
  /** Time in which they were powered down, ms. */
  readonly idleMs: readonly string[];
  readonly clockMhz: readonly string[];
}

const xeFiles = (folder: string): EngineFiles => ({
  idleMs: [`${folder}/gtidle/idle_residency_ms`],
  clockMhz: [`${folder}/freq0/act_freq`],
});

/** Each GT is a tile where the driver reports the memory of the card, as Intel's own builds do. Elsewhere the second one has media engines. */
async function i915Tiles(files: SysfsCard): Promise<EngineFiles[]> {
  const hasMemory = (await files.constant('lmem_total_bytes')) !== undefined;
  const others = hasMemory ? (await files.list('gt', /^gt[1-9]\d?$/)).sort() : [];
  const i915Files = (name: string): EngineFiles => ({
    idleMs: [`gt/${name}/rc6_residency_ms`],
    clockMhz: [`gt/${name}/rps_act_freq_mhz`],
  });
  const first = i915Files('gt0');
  // The second files are those of kernels before 5.19.
  return [
    {
      idleMs: [...first.idleMs, 'power/rc6_residency_ms'],
      clockMhz: [...first.clockMhz, 'gt_act_freq_mhz'],
    },
    ...others.map(i915Files),
  ];
}

/** Returns the folder of a tile's GT with the render engines: the others, such as `gt1-mc`, have the media engines. */
async function renderFolder(files: SysfsCard, tile: string): Promise<string | undefined> {
  const folders = (await files.list(tile, /^gt\d+$/)).sort().map((name) => `${tile}/${name}`);
  for (const folder of folders) {
    if ((await files.constant(`${folder}/gtidle/name`))?.endsWith('-rc') === true) return folder;
  }
  return folders[0];
}
