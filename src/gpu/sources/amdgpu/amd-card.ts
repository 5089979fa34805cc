import type { GpuReading } from '../../readings.js';
import type { SysfsCard } from '../sysfs/sysfs-card.js';
import { type GpuMetrics, isApuMetrics, parseGpuMetrics } from './gpu-metrics.js';
import type { KfdNode } from './kfd.js';

/** Amount of dedicated memory up to which a GPU without `gpu_metrics` may be an integrated one, MiB. */
const MAX_CARVE_OUT_MIB = 1024;
/** How much larger than its dedicated memory the shared memory of an integrated GPU is at least. */
const MIN_SHARED_RATIO = 4;
const METRICS = 'device/gpu_metrics';
/** Readings that `gpu_metrics` has as well. */
const IN_METRICS = [
  'gpuPercent',
  'memoryControllerPercent',
  'celsius',
  'memoryCelsius',
  'watts',
  'energyJoules',
  'graphicsClockMhz',
  'memoryClockMhz',
] as const satisfies readonly (keyof GpuReading & keyof GpuMetrics)[];

/** A card with the amdgpu driver. */
export class AmdCard {
  readonly files: SysfsCard;
  /** Undefined while it is not known. */
  #isApu: boolean | undefined;
  /** The readings that the file `gpu_metrics` of this card has; `undefined` while it was not read. */
  #inMetrics: readonly (typeof IN_METRICS)[number][] | undefined;

  constructor(files: SysfsCard) {
    this.files = files;
  }

  async identity(): Promise<Partial<GpuReading>> {
    const { files } = this;
    return {
      uuid: await files.constant('device/unique_id'),
      name: await files.constant('device/product_name'),
      pciAddress: files.pciAddress,
      driverVersion: await files.driverVersion(),
      firmwareVersion: await files.constant('device/vbios_version'),
      serialNumber: await files.constant('device/serial_number'),
      computePartition: await files.constant('device/current_compute_partition'),
    };
  }

  isAsleep(): Promise<boolean> {
    return this.files.isAsleep();
  }

  /**
   * Integrated GPUs have the formats 2 and 3 of `gpu_metrics`. Old ones lack it, and have little memory of their own.
   *
   * @param isAsleep true if reading `gpu_metrics` would wake the card
   */
  async isApu(node: KfdNode | undefined, isAsleep: boolean): Promise<boolean> {
    if (this.#isApu !== undefined) return this.#isApu;
    if (node?.isApu === true) return true;
    const byMetrics = isAsleep ? undefined : isApuMetrics(await this.files.bytes(METRICS));
    const isApu = byMetrics ?? (await this.#hasCarveOut());
    if (!isAsleep) this.#isApu = isApu;
    return isApu;
  }

  /** Reads the memory. That of an integrated GPU is a part that is reserved for it, and what it may use of the machine's. */
  async memory(isApu: boolean): Promise<Partial<GpuReading>> {
    const { files } = this;
    let total = await files.constantMebibytes('device/mem_info_vram_total');
    let used = await files.mebibytes('device/mem_info_vram_used');
    if (isApu) {
      total = sum(total, await files.constantMebibytes('device/mem_info_gtt_total'));
      used = sum(used, await files.mebibytes('device/mem_info_gtt_used'));
    }
    return {
      memoryUsedMib: used,
      memoryTotalMib: total,
      memoryFreeMib: total === undefined || used === undefined ? undefined : total - used,
      ...(isApu && { unifiedMemory: 1 }),
    };
  }

  /**
   * Reads the sensors, and from `gpu_metrics` what has no file of its own.
   *
   * @param known content of `gpu_metrics` if it was read already
   */
  async sensors(known?: GpuMetrics): Promise<Partial<GpuReading>> {
    const sensors = await this.#readSensors();
    const missing = (this.#inMetrics ?? IN_METRICS).filter((key) => sensors[key] === undefined);
    if (missing.length === 0) return sensors;
    const metrics = known ?? (await this.metrics());
    return metrics === undefined
      ? sensors
      : { ...sensors, ...Object.fromEntries(missing.map((key) => [key, metrics[key]])) };
  }

  /** Reads `gpu_metrics`; `undefined` if the card has none of a known version. */
  async metrics(): Promise<GpuMetrics | undefined> {
    if (this.#inMetrics?.length === 0) return undefined;
    const bytes = await this.files.bytes(METRICS);
    const metrics = bytes && parseGpuMetrics(bytes);
    // A driver that is busy answers the next time.
    if (metrics !== undefined) this.#inMetrics ??= IN_METRICS.filter((key) => metrics[key] !== undefined);
    else if (bytes !== undefined) this.#inMetrics ??= [];
    return metrics;
  }

  async #hasCarveOut(): Promise<boolean> {
    const vram = (await this.files.constantMebibytes('device/mem_info_vram_total')) ?? 0;
    const gtt = (await this.files.constantMebibytes('device/mem_info_gtt_total')) ?? 0;
    return vram <= MAX_CARVE_OUT_MIB && gtt >= MIN_SHARED_RATIO * vram && gtt > 0;
  }

  async #readSensors(): Promise<Partial<GpuReading>> {
    const { files } = this;
    const errors = await files.text('device/ras/umc_err_count');
    return {
      gpuPercent: await files.number('device/gpu_busy_percent'),
      memoryControllerPercent: await files.number('device/mem_busy_percent'),
      // Edge sensor; accelerators without one have a junction sensor.
      celsius: await files.celsius('temp1_input', 'temp2_input'),
      memoryCelsius: await files.celsius('temp3_input'),
      // The chip has one of the two.
      watts: await files.millionths('power1_average', 'power1_input'),
      limitWatts: await files.millionths('power1_cap'),
      // Depends on the kernel.
      energyJoules: await files.millionths('energy1_input'),
      graphicsClockMhz: await files.millionths('freq1_input'),
      memoryClockMhz: await files.millionths('freq2_input'),
      // The intended speed, else the measured one.
      fanPercent:
        (await files.percent('pwm1', 'pwm1_max')) ?? (await files.percent('fan1_input', 'fan1_max')),
      eccCorrectedErrors: countOf('ce', errors),
      eccUncorrectedErrors: countOf('ue', errors),
    };
  }
}

const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;

/** Returns the number in a line such as `ce: 1`. */
function countOf(kind: 'ce' | 'ue', text = ''): number | undefined {
  const count = new RegExp(`^${kind}: *(\\d+)$`, 'm').exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}
