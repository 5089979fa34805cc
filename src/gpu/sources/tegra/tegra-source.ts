import { join } from 'node:path';
import { KeptFiles } from '../../../system/kept-files.js';
import { SerialFileReader } from '../../../system/serial-file-reader.js';
import type { GpuReading } from '../../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../../source.js';
import { Refreshed } from '../sysfs/refreshed.js';
import { findGpuRails, type PowerRail, readRails } from './power-rails.js';

const SYS = '/sys';
/** Compute capability by the chip's name in the device tree. */
const CHIPS: Readonly<Record<string, string>> = {
  gm20b: '5.3',
  gp10b: '6.2',
  gv11b: '7.2',
  ga10b: '8.7',
  gb10b: '11.0',
};
const GPU_ZONE = /^gpu-therm/i;

/** The GPU of a Tegra among the kernel's devices that change their frequency. */
interface TegraGpu {
  readonly folder: string;
  /** Name of its node in the device tree: that of the chip, or `gpu`. */
  readonly node: string;
}

/** The parts of a board that are read. */
interface Board {
  readonly gpu: TegraGpu;
  readonly name: string | undefined;
  /** Files of the temperature of the GPU, m℃. */
  readonly zones: readonly string[];
  readonly rails: readonly PowerRail[];
}

/**
 * Reads the GPU of an NVIDIA Tegra, as on Jetson boards, from the sysfs files of the nvgpu kernel driver. NVML and nvidia-smi report
 * little or zeros of it. Needs no process, library or root.
 */
export class TegraSource implements GpuSource {
  readonly name = 'tegra';
  readonly #sys: string;
  readonly #kept = new KeptFiles();
  readonly #files = new SerialFileReader(new AbortController().signal, this.#kept);
  readonly #board = new Refreshed(() => this.#findBoard());

  /** @param sys folder of the kernel's files. @default '/sys' */
  constructor(sys = SYS) {
    this.#sys = sys;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    this.#files.begin(signal);
    if (this.#kept.takeLost()) this.#board.expire();
    const { value: board, isNew } = await this.#board.get('');
    // The driver may be loaded later.
    if (board === undefined) this.#board.expire();
    if (isNew) await this.#kept.sweep();
    const readings = board === undefined ? [] : [await this.#read(board)];
    signal.throwIfAborted();
    return { readings, faults: [] };
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  async #findBoard(): Promise<Board | undefined> {
    const files = this.#files;
    const gpu = await findGpu(this.#sys, files);
    const board = gpu && {
      gpu,
      name: await deviceTreeText(files, join(this.#sys, 'firmware/devicetree/base/model')),
      zones: await findThermalZones(this.#sys, files),
      rails: await findGpuRails(this.#sys, files),
    };
    files.throwIfAborted();
    return board;
  }

  /** Memory is the machine's, which is added to every integrated GPU. */
  async #read({ gpu: { folder, node }, name, zones, rails }: Board): Promise<GpuReading> {
    const files = this.#files;
    const load = await files.number(join(folder, 'device/load'));
    const hertz = await files.number(join(folder, 'cur_freq'));
    return {
      device: 'cuda:0',
      index: 0,
      vendor: 'nvidia',
      name: name ?? 'Tegra',
      computeCapability: CHIPS[node],
      gpuPercent: load === undefined ? undefined : load / 10,
      graphicsClockMhz: hertz === undefined ? undefined : hertz / 1e6,
      celsius: await readTemperature(zones, files),
      watts: await readRails(rails, files),
    };
  }
}

/**
 * Returns `undefined` if there is a GPU that this source can read.
 *
 * @param sys folder of the kernel's files. @default '/sys'
 */
export async function tegraUnavailable(sys = SYS): Promise<SourceUnavailable | undefined> {
  const files = new SerialFileReader(new AbortController().signal);
  if ((await findGpu(sys, files)) !== undefined) return undefined;
  return {
    reason: `no GPU of a Tegra with a load in ${join(sys, 'class/devfreq')}`,
    remedy: 'on a Jetson: load the nvgpu kernel driver, and mount /sys of the host in a container',
  };
}

/** A GPU without a load, such as that of a Thor, is one that NVML reads. */
async function findGpu(sys: string, files: SerialFileReader): Promise<TegraGpu | undefined> {
  const devices = join(sys, 'class/devfreq');
  for (const name of (await files.list(devices, /./)).sort()) {
    const folder = join(devices, name);
    const node = await deviceTreeText(files, join(folder, 'device/of_node/name'));
    if (node === undefined || !(Object.hasOwn(CHIPS, node) || node.includes('gpu'))) continue;
    const compatible = await files.textOnce(join(folder, 'device/of_node/compatible'));
    if (compatible !== undefined && !compatible.includes('nvidia,')) continue;
    if ((await files.numberOnce(join(folder, 'device/load'))) !== undefined) return { folder, node };
  }
  return undefined;
}

async function findThermalZones(sys: string, files: SerialFileReader): Promise<string[]> {
  const zones = join(sys, 'class/thermal');
  const found: string[] = [];
  for (const zone of await files.list(zones, /^thermal_zone\d+$/)) {
    if (GPU_ZONE.test((await files.textOnce(join(zones, zone, 'type'))) ?? ''))
      found.push(join(zones, zone, 'temp'));
  }
  return found;
}

/** Returns the temperature of the first zone that has one, ℃. */
async function readTemperature(
  zones: readonly string[],
  files: SerialFileReader,
): Promise<number | undefined> {
  for (const zone of zones) {
    const millidegrees = await files.number(zone);
    if (millidegrees !== undefined) return millidegrees / 1e3;
  }
  return undefined;
}

/** Reads a text of the device tree, which ends with a NUL. */
async function deviceTreeText(files: SerialFileReader, path: string): Promise<string | undefined> {
  return (await files.textOnce(path))?.split('\0')[0] || undefined;
}
