import { MEBIBYTE } from '../../../common/units.js';
import type { Device } from './device.js';
import { type GpmValues, METRICS } from './gpm-values.js';
import type { Koffi } from './koffi.js';
import type { Nvml } from './library.js';
import { OutBuffer } from './out-buffer.js';
import type { NvmlQuery, QueryTarget } from './queries.js';
import { NOT_SUPPORTED, SUCCESS } from './return-codes.js';

type Handle = number | bigint;

/** `NVML_GPM_SUPPORT_VERSION` and `NVML_GPM_METRICS_GET_VERSION`. */
const VERSION = 1;
/** `nvmlGpmMetricsGet_t`: a header, then items. The length of the list has grown with the driver; the library uses the number in the header. */
const HEADER_WORDS = 6;
const ITEM_WORDS = 10;
const MAX_ITEMS = 512;
/** The driver refreshes its counters every 100 ms. */
const MIN_PERIOD_MS = 100;
/** Percent by which rounding may exceed the maximum. */
const ROUNDING = 1;

/** GPM samples of one device. */
interface Samples {
  /** GPU instance, of a MIG device. */
  readonly instanceId: number | undefined;
  older: Handle;
  newer: Handle;
  /** Time of the older sample, ms of `performance.now()`. */
  at: number;
  /** Number of samples taken. */
  count: number;
}

/**
 * Reads the activity of GPUs and MIG devices: means between two samples of the driver's counters (GPM), of Hopper and newer. A device
 * keeps its last sample, so the first one yields no values.
 */
export class Gpm {
  readonly #out: OutBuffer;
  readonly #samples = new Map<QueryTarget, Samples>();
  readonly #query: NvmlQuery = {
    fn: 'gpmSample',
    run: (nvml, target, out) => this.#read(nvml, target, out),
  };

  constructor(koffi: Koffi) {
    this.#out = new OutBuffer(koffi, 4 * (HEADER_WORDS + ITEM_WORDS * MAX_ITEMS));
  }

  /**
   * Reads the activity of a device since it was last read.
   *
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  read(device: Device, nvml: Nvml, out: OutBuffer): void {
    device.query(this.#query, nvml, out);
  }

  /** Time until all devices with one sample can yield values, ms; `undefined` if there are no such devices. */
  get firstPeriodEndsInMs(): number | undefined {
    const starts = [...this.#samples.values()].filter(({ count }) => count === 1).map(({ at }) => at);
    return starts.length === 0 ? undefined : Math.max(...starts) + MIN_PERIOD_MS - performance.now();
  }

  /** Frees the samples of devices that are not listed. */
  retain(devices: readonly QueryTarget[], nvml: Nvml): void {
    for (const [device, samples] of this.#samples) {
      if (devices.includes(device)) continue;
      this.#samples.delete(device);
      free(nvml, samples);
    }
  }

  #read(nvml: Nvml, target: QueryTarget, out: OutBuffer): number {
    let samples = this.#samples.get(target);
    if (samples === undefined) {
      const created = createSamples(nvml, target, out);
      if (typeof created === 'number') return created;
      samples = created;
      this.#samples.set(target, samples);
    }
    const now = performance.now();
    if (now - samples.at < MIN_PERIOD_MS) {
      if (target.gpm.hasValues) target.gpm.readAt = now;
      return SUCCESS;
    }
    const code =
      samples.instanceId === undefined
        ? nvml.gpmSample(target.handle, samples.newer)
        : nvml.gpmMigSample(target.gpuHandle, samples.instanceId, samples.newer);
    if (code !== SUCCESS) return code;
    const result = samples.count === 0 ? SUCCESS : this.#compare(nvml, samples, target.gpm, now);
    const { older, newer } = samples;
    samples.older = newer;
    samples.newer = older;
    samples.at = now;
    samples.count++;
    return result;
  }

  /** Reads the metrics between the two samples. */
  #compare(nvml: Nvml, { older, newer }: Samples, gpm: GpmValues, now: number): number {
    const { words, address } = this.#out;
    words[0] = VERSION;
    words[1] = METRICS.length;
    this.#out.setHandle(2, older);
    this.#out.setHandle(4, newer);
    METRICS.forEach(({ id }, i) => {
      words[HEADER_WORDS + i * ITEM_WORDS] = id;
      words[HEADER_WORDS + i * ITEM_WORDS + 1] = NOT_SUPPORTED;
    });
    const code = nvml.gpmMetrics(address);
    if (code !== SUCCESS) return code;
    METRICS.forEach(({ isPercent }, i) => {
      const item = HEADER_WORDS + i * ITEM_WORDS;
      const value = words[item + 1] === SUCCESS ? this.#out.f64(item + 2) : Number.NaN;
      gpm.values[i] = isPercent ? limit(value) : value * MEBIBYTE;
    });
    gpm.readAt = now;
    return SUCCESS;
  }
}

const limit = (percent: number) => (percent > 100 && percent <= 100 + ROUNDING ? 100 : percent);

/** Allocates the samples of a device. Returns NVML's return code if it does not support them. */
function createSamples(nvml: Nvml, target: QueryTarget, out: OutBuffer): Samples | number {
  const { words, address } = out;
  words[0] = VERSION;
  words[1] = 0;
  let code = nvml.gpmSupport(target.gpuHandle, address);
  if (code !== SUCCESS) return code;
  if (words[1] === 0) return NOT_SUPPORTED;
  let instanceId: number | undefined;
  if (target.isMigDevice) {
    code = nvml.gpuInstanceId(target.handle, address);
    if (code !== SUCCESS) return code;
    instanceId = words[0] as number;
  }
  const handles: Handle[] = [];
  for (let i = 0; i < 2 && code === SUCCESS; i++) {
    code = nvml.gpmAllocate(address);
    if (code === SUCCESS) handles.push(out.handle(0));
  }
  const [older, newer] = handles;
  if (older !== undefined && newer !== undefined)
    return { instanceId, older, newer, at: Number.NEGATIVE_INFINITY, count: 0 };
  if (older !== undefined) nvml.gpmFree(older);
  return code;
}

function free(nvml: Nvml, { older, newer }: Samples): void {
  nvml.gpmFree(older);
  nvml.gpmFree(newer);
}
