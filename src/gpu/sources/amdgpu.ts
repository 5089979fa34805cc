import type { GpuReading } from '../readings.js';
import type { GpuSample, GpuSource, SourceUnavailable } from '../source.js';
import { cardUnavailable, findCards, SYSFS, type SysfsCard } from './sysfs-card.js';

const DRIVERS = ['amdgpu'];

/** Reads AMD GPUs from the sysfs and hwmon files of the amdgpu kernel driver. Needs no process, library or root. */
export class AmdgpuSource implements GpuSource {
  readonly name = 'amdgpu';
  readonly #root: string;

  /** @param root folder of the graphics cards. @default '/sys/class/drm' */
  constructor(root = SYSFS) {
    this.#root = root;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    // Sorted by PCI address, like ROCm's devices.
    const cards = await findCards(this.#root, DRIVERS, signal);
    const readings = await Promise.all(cards.map(readCard));
    signal.throwIfAborted();
    return { readings, faults: [] };
  }

  async close(): Promise<void> {}
}

/** Returns `undefined` if there is a card with the amdgpu driver. */
export const amdgpuUnavailable = (root = SYSFS): Promise<SourceUnavailable | undefined> =>
  cardUnavailable(
    root,
    DRIVERS,
    'on a host with an AMD GPU: load the amdgpu kernel driver, and mount /sys of the host in a container',
  );

async function readCard(card: SysfsCard, index: number): Promise<GpuReading> {
  const [uuid, name, driverVersion, total, used, isAsleep] = await Promise.all([
    card.text('device/unique_id'),
    card.text('device/product_name'),
    card.driverVersion(),
    card.mebibytes('device/mem_info_vram_total'),
    card.mebibytes('device/mem_info_vram_used'),
    card.isAsleep(),
  ]);
  return {
    device: `rocm:${index}`,
    index,
    vendor: 'amd',
    uuid,
    name,
    pciAddress: card.pciAddress,
    driverVersion,
    memoryUsedMib: used,
    memoryTotalMib: total,
    memoryFreeMib: total === undefined || used === undefined ? undefined : total - used,
    ...(isAsleep ? { gpuPercent: 0 } : await readSensors(card)),
  };
}

async function readSensors(card: SysfsCard): Promise<Partial<GpuReading>> {
  const [gpuPercent, memoryControllerPercent, errors, celsius, watts, limitWatts] = await Promise.all([
    card.number('device/gpu_busy_percent'),
    card.number('device/mem_busy_percent'),
    card.text('device/ras/umc_err_count'),
    // Edge sensor; accelerators without one have a junction sensor.
    card.celsius('temp1_input', 'temp2_input'),
    // The chip has one of the two.
    card.millionths('power1_average', 'power1_input'),
    card.millionths('power1_cap'),
  ]);
  const [energyJoules, graphicsClockMhz, memoryClockMhz, intendedPercent, measuredPercent] =
    await Promise.all([
      // Depends on the kernel.
      card.millionths('energy1_input'),
      card.millionths('freq1_input'),
      card.millionths('freq2_input'),
      card.percent('pwm1', 'pwm1_max'),
      card.percent('fan1_input', 'fan1_max'),
    ]);
  return {
    gpuPercent,
    memoryControllerPercent,
    celsius,
    watts,
    limitWatts,
    energyJoules,
    graphicsClockMhz,
    memoryClockMhz,
    fanPercent: intendedPercent ?? measuredPercent,
    eccCorrectedErrors: countOf('ce', errors),
    eccUncorrectedErrors: countOf('ue', errors),
  };
}

/** Returns the number in a line such as `ce: 1`. */
function countOf(kind: 'ce' | 'ue', text = ''): number | undefined {
  const count = new RegExp(`^${kind}: *(\\d+)$`, 'm').exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}
