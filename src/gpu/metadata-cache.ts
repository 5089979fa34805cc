import { deviceKey, identityMetadata } from './identity.js';
import { type GpuHolder, holderMetadata } from './pods/holder.js';
import { type ProcessMetadata, processMetadata } from './pods/process-metadata.js';
import type { GpuProcess, GpuReading } from './readings.js';

type DeviceMetadata = ReturnType<typeof identityMetadata>;

interface KnownProcess {
  readonly process: GpuProcess;
  readonly metadata: ProcessMetadata;
}

/** Devices whose metadata is kept. */
const MAX_DEVICES = 1024;
/** Keys of an identity that its metadata shows. `holders` are the same list until the kubelet reports others. */
const IDENTITY = [
  'device',
  'uuid',
  'name',
  'vendor',
  'pciAddress',
  'parentUuid',
  'computePartition',
  'driverVersion',
  'firmwareVersion',
  'serialNumber',
  'index',
  'holders',
] as const;
const PROCESS = ['pid', 'name', 'namespace', 'pod', 'container', 'podUid', 'containerId'] as const;

/** Metadata of a device's events, frozen: recorders find series by the object. */
export class CachedMetadata {
  /** Metadata with the holders in which they agree. */
  readonly identity: DeviceMetadata;
  readonly #reading: GpuReading;
  readonly #intervalMs: number;
  readonly #byHolder = new Map<GpuHolder, object>();
  #withoutHolders: DeviceMetadata | undefined;
  #processes = new Map<number, KnownProcess>();

  constructor(reading: GpuReading, intervalMs: number) {
    this.#reading = reading;
    this.#intervalMs = intervalMs;
    this.identity = Object.freeze(identityMetadata(reading, intervalMs));
  }

  /** Returns true if a reading has the same metadata. */
  describes(reading: GpuReading, intervalMs: number): boolean {
    return intervalMs === this.#intervalMs && isSame(reading, this.#reading, IDENTITY);
  }

  /** Returns the metadata of the device with one of its holders. */
  ofHolder(holder: GpuHolder): object {
    if (this.#reading.holders?.length === 1) return this.identity;
    let metadata = this.#byHolder.get(holder);
    if (metadata === undefined) {
      metadata = Object.freeze({ ...this.identity, ...holderMetadata([holder]) });
      this.#byHolder.set(holder, metadata);
    }
    return metadata;
  }

  /** Returns the metadata of the processes of a sample, in their order. */
  ofProcesses(processes: readonly GpuProcess[]): readonly ProcessMetadata[] {
    const before = this.#processes;
    if (before.size > processes.length) this.#processes = new Map();
    return processes.map((process) => {
      let known = before.get(process.pid);
      if (known === undefined || !isSame(process, known.process, PROCESS))
        known = { process, metadata: Object.freeze(processMetadata(this.#device(), process)) };
      this.#processes.set(process.pid, known);
      return known.metadata;
    });
  }

  /** A process on the device need not be of the pod that holds it. */
  #device(): DeviceMetadata {
    this.#withoutHolders ??=
      this.#reading.holders === undefined
        ? this.identity
        : identityMetadata(this.#reading, this.#intervalMs, []);
    return this.#withoutHolders;
  }
}

/** Keeps the metadata of devices from sample to sample. */
export class MetadataCache {
  readonly #byDevice = new Map<string, CachedMetadata>();

  /** @param intervalMs time between samples, ms */
  of(reading: GpuReading, intervalMs: number): CachedMetadata {
    const key = deviceKey(reading);
    const known = this.#byDevice.get(key);
    if (known?.describes(reading, intervalMs)) return known;
    if (known === undefined && this.#byDevice.size >= MAX_DEVICES) this.#byDevice.clear();
    const metadata = new CachedMetadata(reading, intervalMs);
    this.#byDevice.set(key, metadata);
    return metadata;
  }
}

const isSame = <T>(one: T, other: T, keys: readonly (keyof T)[]): boolean =>
  keys.every((key) => one[key] === other[key]);
