import { join } from 'node:path';
import { list, readNumber, readText } from '../../system/files.js';
import type { GpuReading } from '../reading.js';
import type { GpuSample, GpuSource, SourceAbsence } from '../source.js';

const SYSFS = '/sys/class/drm';
const MEBIBYTE = 1_048_576;
const MILLI = 1e3;
const MICRO = 1e6;

interface Card {
  readonly folder: string;
  readonly pciAddress: string;
}

/** Reads AMD GPUs from what the amdgpu kernel driver shows in sysfs and hwmon: no process, no library, no root. */
export class AmdgpuSource implements GpuSource {
  readonly name = 'amdgpu';
  readonly #root: string;

  /** @param root where the kernel lists its graphics cards. @default '/sys/class/drm' */
  constructor(root = SYSFS) {
    this.#root = root;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    const cards = await findCards(this.#root, signal);
    const readings = await Promise.all(cards.map((card, index) => readCard(card, index, signal)));
    signal.throwIfAborted();
    return { readings, faults: [] };
  }

  async close(): Promise<void> {}
}

/** `undefined` where a card with the amdgpu driver is there. */
export async function amdgpuAbsence(root = SYSFS): Promise<SourceAbsence | undefined> {
  if ((await findCards(root, new AbortController().signal)).length > 0) return undefined;
  return {
    why: `no card with the amdgpu driver in ${root}`,
    advice: 'on a host with an AMD GPU: load the amdgpu kernel driver, and give a container its /sys',
  };
}

/** In the order of their PCI addresses, which is ROCm's; card numbers follow the order of loading. */
async function findCards(root: string, signal: AbortSignal): Promise<Card[]> {
  const names = await list(root, /^card\d+$/);
  const cards = await Promise.all(names.map((name) => identifyCard(join(root, name, 'device'), signal)));
  return cards
    .filter((card) => card !== undefined)
    .sort((one, other) => (one.pciAddress < other.pciAddress ? -1 : 1));
}

async function identifyCard(folder: string, signal: AbortSignal): Promise<Card | undefined> {
  const uevent = await readText(join(folder, 'uevent'), signal);
  if (uevent === undefined || !/^DRIVER=amdgpu$/m.test(uevent)) return undefined;
  const pciAddress = /^PCI_SLOT_NAME=(\S+)$/m.exec(uevent)?.[1];
  return pciAddress === undefined ? undefined : { folder, pciAddress };
}

async function readCard(
  { folder, pciAddress }: Card,
  index: number,
  signal: AbortSignal,
): Promise<GpuReading> {
  const [monitor = ''] = await list(join(folder, 'hwmon'), /^hwmon\d+$/);
  const text = (file: string) => readText(join(folder, file), signal);
  const number = (file: string) => readNumber(join(folder, file), signal);
  const sensor = async (scale: number, ...files: string[]) => {
    for (const file of files) {
      const value = await readNumber(join(folder, 'hwmon', monitor, file), signal);
      if (value !== undefined) return value / scale;
    }
    return undefined;
  };

  const [uuid, name, total, used, gpuPercent, memoryControllerPercent, celsius, watts, limitWatts] =
    await Promise.all([
      text('unique_id'),
      text('product_name'),
      number('mem_info_vram_total'),
      number('mem_info_vram_used'),
      number('gpu_busy_percent'),
      number('mem_busy_percent'),
      // The edge sensor; accelerators without one have the junction's.
      sensor(MILLI, 'temp1_input', 'temp2_input'),
      // Which of the two there is depends on the chip.
      sensor(MICRO, 'power1_average', 'power1_input'),
      sensor(MICRO, 'power1_cap'),
    ]);

  const free = total === undefined || used === undefined ? undefined : total - used;
  return {
    device: `rocm:${index}`,
    index,
    vendor: 'amd',
    uuid,
    name,
    pciAddress,
    memoryUsedMib: mebibytes(used),
    memoryTotalMib: mebibytes(total),
    memoryFreeMib: mebibytes(free),
    gpuPercent,
    memoryControllerPercent,
    celsius,
    watts,
    limitWatts,
  };
}

const mebibytes = (bytes: number | undefined) =>
  bytes === undefined ? undefined : Math.round(bytes / MEBIBYTE);
