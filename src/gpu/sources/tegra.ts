import { join } from 'node:path';
import { SerialFileReader } from '../../system/serial-file-reader.js';
import type { GpuReading } from '../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../source.js';
import { readGpuRails } from './tegra-power.js';

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

/**
 * Reads the GPU of an NVIDIA Tegra, as on Jetson boards, from the sysfs files of the nvgpu kernel driver. NVML and nvidia-smi report
 * little or zeros of it. Needs no process, library or root.
 */
export class TegraSource implements GpuSource {
  readonly name = 'tegra';
  readonly #sys: string;

  /** @param sys folder of the kernel's files. @default '/sys' */
  constructor(sys = SYS) {
    this.#sys = sys;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    const files = new SerialFileReader(signal);
    const gpu = await findGpu(this.#sys, files);
    const readings = gpu === undefined ? [] : [await this.#read(gpu, files)];
    signal.throwIfAborted();
    return { readings, faults: [] };
  }

  async close(): Promise<void> {}

  /** Memory is the machine's, which is added to every integrated GPU. */
  async #read({ folder, node }: TegraGpu, files: SerialFileReader): Promise<GpuReading> {
    const [board, load, hertz, celsius, watts] = await Promise.all([
      deviceTreeText(files, join(this.#sys, 'firmware/devicetree/base/model')),
      files.number(join(folder, 'device/load')),
      files.number(join(folder, 'cur_freq')),
      readTemperature(this.#sys, files),
      readGpuRails(this.#sys, files),
    ]);
    return {
      device: 'cuda:0',
      index: 0,
      vendor: 'nvidia',
      name: board ?? 'Tegra',
      computeCapability: CHIPS[node],
      gpuPercent: load === undefined ? undefined : load / 10,
      graphicsClockMhz: hertz === undefined ? undefined : hertz / 1e6,
      celsius,
      watts,
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
    const compatible = await files.text(join(folder, 'device/of_node/compatible'));
    if (compatible !== undefined && !compatible.includes('nvidia,')) continue;
    if ((await files.number(join(folder, 'device/load'))) !== undefined) return { folder, node };
  }
  return undefined;
}

async function readTemperature(sys: string, files: SerialFileReader): Promise<number | undefined> {
  const zones = join(sys, 'class/thermal');
  for (const zone of await files.list(zones, /^thermal_zone\d+$/)) {
    if (!GPU_ZONE.test((await files.text(join(zones, zone, 'type'))) ?? '')) continue;
    const millidegrees = await files.number(join(zones, zone, 'temp'));
    if (millidegrees !== undefined) return millidegrees / 1e3;
  }
  return undefined;
}

/** Reads a text of the device tree, which ends with a NUL. */
async function deviceTreeText(files: SerialFileReader, path: string): Promise<string | undefined> {
  return (await files.text(path))?.split('\0')[0] || undefined;
}
