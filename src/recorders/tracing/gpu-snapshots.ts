import type { AnyEvent } from '../../catalog/any-event.js';
import type { Attributes } from '../../catalog/attributes.js';
import { type GpuIdentifiers, gpuIdentifiers, gpuKey, isSameGpu } from '../../catalog/gpu-identity.js';
import { CONTAINER_KEYS } from '../../catalog/gpu-pods.js';
import { stalenessMs } from '../../catalog/staleness.js';
import { type HostGpu, resolveWorkerDevice } from '../../catalog/worker-device.js';
import { cleanText } from '../../common/clean-text.js';

interface Sample<T> {
  readonly value: T;
  /** Time of the sample, and time at which it expires, ms of `performance.now()`. */
  readonly at: number;
  readonly expiresAt: number;
}

interface DeviceProcess {
  readonly pid: number;
  readonly name: string;
  readonly usedMb: number;
  /** Pod and container, by key. */
  readonly container: Readonly<Record<string, string>>;
}

interface Device extends HostGpu {
  readonly identity: GpuIdentifiers;
  totalMib?: number;
  memory?: Sample<Attributes>;
  readonly processes: Map<number, Sample<DeviceProcess>>;
}

const KEYS = ['used_mb', 'total_mb', 'free_mb', 'unified'] as const;
const MAX_DEVICES = 1024;
const MAX_PROCESSES = 256;
const MAX_NAME_LENGTH = 256;
/** Processes that are reported with an error. */
const LARGEST = 5;

/** Newest samples of each device. Span events of errors report from them how full the device was, and which processes held memory. */
export class GpuSnapshots {
  readonly #devices = new Map<unknown, Device>();

  readonly recordMemory = (event: AnyEvent): void => {
    const device = this.#device(event);
    if (device === undefined) return;
    const attributes: Attributes = {};
    for (const key of KEYS) {
      const value = event.measurements[key];
      if (isFiniteNumber(value)) attributes[`snakepit.gpu.memory.${key}`] = value;
    }
    // The pod that holds the device.
    Object.assign(attributes, containerOf(event));
    const { total_mb: totalMib } = event.measurements;
    if (isFiniteNumber(totalMib)) device.totalMib = totalMib;
    device.memory = sampled(attributes, event);
  };

  readonly recordProcess = (event: AnyEvent): void => {
    const { pid, process } = event.metadata;
    const { used_mb: usedMb } = event.measurements;
    const device = this.#device(event);
    if (device === undefined || !isFiniteNumber(pid) || !isFiniteNumber(usedMb)) return;
    if (device.processes.size >= MAX_PROCESSES) forgetExpired(device.processes);
    if (device.processes.size >= MAX_PROCESSES && !device.processes.has(pid)) return;
    const value = {
      pid,
      usedMb,
      name: typeof process === 'string' ? cleanText(process, MAX_NAME_LENGTH) : '',
      container: containerOf(event),
    };
    device.processes.set(pid, sampled(value, event));
  };

  /** Drops a lost device, unless another GPU has its name by now. */
  readonly forget = ({ metadata }: AnyEvent): void => {
    const known = this.#devices.get(metadata.device);
    if (known !== undefined && isSameGpu(known.identity, gpuIdentifiers(metadata)))
      this.#devices.delete(metadata.device);
  };

  /**
   * Returns memory and largest processes of the device that an error is about, with the age of the sample; `undefined` if it cannot be
   * known which GPU that is, or if its sample has expired. An error that names no device belongs to the only one, if there is one.
   */
  of({ measurements, metadata }: AnyEvent): Attributes | undefined {
    const device = this.#find(metadata, measurements.total_bytes);
    const now = performance.now();
    if (device?.memory === undefined || now > device.memory.expiresAt) return undefined;
    const attributes: Attributes = {
      ...device.memory.value,
      'snakepit.gpu.sample.age_ms': Math.round(now - device.memory.at),
    };
    forgetExpired(device.processes);
    const largest = [...device.processes.values()]
      .map(({ value }) => value)
      .sort((one, other) => other.usedMb - one.usedMb)
      .slice(0, LARGEST);
    if (largest.length > 0) {
      attributes['snakepit.gpu.processes.pid'] = largest.map(({ pid }) => pid);
      attributes['snakepit.gpu.processes.name'] = largest.map(({ name }) => name);
      attributes['snakepit.gpu.processes.used_mb'] = largest.map(({ usedMb }) => usedMb);
      for (const key of CONTAINER_KEYS) {
        if (largest.some(({ container }) => key in container))
          attributes[`snakepit.gpu.processes.${key}`] = largest.map(({ container }) => container[key] ?? '');
      }
    }
    return attributes;
  }

  #find(metadata: AnyEvent['metadata'], totalBytes: unknown): Device | undefined {
    const { device: name, memory, visible_devices: visible, device_order: order } = metadata;
    // The machine's memory ran out, not a device's.
    if (memory === 'host') return undefined;
    if (typeof name !== 'string')
      return this.#devices.size === 1 ? [...this.#devices.values()][0] : undefined;
    const worker = {
      visible: typeof visible === 'string' ? visible : undefined,
      order: typeof order === 'string' ? order : undefined,
      totalBytes: isFiniteNumber(totalBytes) ? totalBytes : undefined,
    };
    return resolveWorkerDevice(name, worker, [...this.#devices.values()]);
  }

  /** Finds or adds a device. Device indexes shift when a device is lost, so a GPU that appears under a new name leaves its old one. */
  #device({ metadata }: AnyEvent): Device | undefined {
    const { device: name } = metadata;
    const identity = gpuIdentifiers(metadata);
    const known = this.#devices.get(name);
    if (known !== undefined && isSameGpu(known.identity, identity)) return known;
    this.#devices.delete(name);
    const key = gpuKey(identity);
    for (const [last, { identity: other }] of this.#devices) {
      if (key !== undefined && gpuKey(other) === key) this.#devices.delete(last);
    }
    if (this.#devices.size >= MAX_DEVICES) return undefined;
    if (typeof name !== 'string') return undefined;
    const product = typeof metadata.name === 'string' ? metadata.name : undefined;
    const device: Device = { ...identity, device: name, name: product, identity, processes: new Map() };
    this.#devices.set(name, device);
    return device;
  }
}

function containerOf({ metadata }: AnyEvent): Record<string, string> {
  const container: Record<string, string> = {};
  for (const key of CONTAINER_KEYS) {
    const value = metadata[key];
    if (typeof value === 'string') container[key] = cleanText(value, MAX_NAME_LENGTH);
  }
  return container;
}

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

function sampled<T>(value: T, event: AnyEvent): Sample<T> {
  const at = performance.now();
  return { value, at, expiresAt: at + stalenessMs(event) };
}

function forgetExpired(processes: Map<number, Sample<DeviceProcess>>): void {
  const now = performance.now();
  for (const [pid, { expiresAt }] of processes) if (now > expiresAt) processes.delete(pid);
}
