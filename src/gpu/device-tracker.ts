import { execute } from '../bus/bus.js';
import { isSameGpu } from '../catalog/gpu-identity.js';
import { deviceKey, type GpuIdentity, identityMetadata } from './identity.js';
import type { GpuReading } from './readings.js';

/** Tracks which devices are present, and publishes an event for each that is found or lost. */
export class DeviceTracker {
  #present: ReadonlyMap<string, GpuIdentity> = new Map();

  get devices(): readonly GpuIdentity[] {
    return [...this.#present.values()];
  }

  /**
   * Adds what a driver reports at times only, such as the name, from earlier readings of the same device: its series then keep their
   * attributes. Returns the readings themselves if nothing is missing.
   */
  identify(readings: readonly GpuReading[]): readonly GpuReading[] {
    let known: Map<string, GpuIdentity> | undefined;
    return readings.map((reading) => {
      if (!this.#isIncomplete(reading)) return reading;
      known ??= this.#byIdentifier();
      const before = identifiersOf(reading).flatMap((each) => known?.get(each) ?? [])[0];
      if (before === undefined || !isSameGpu(before, reading)) return reading;
      const added = missingIn(reading, before).map((key) => [key, before[key]]);
      return added.length === 0 ? reading : { ...reading, ...Object.fromEntries(added) };
    });
  }

  /**
   * Compares the devices of a sample with those of the previous one.
   *
   * @param intervalMs time between samples, ms
   * @param isPartial true if devices may be missing, which are then not lost
   */
  update(devices: readonly GpuIdentity[], intervalMs: number, isPartial = false): void {
    const before = this.#present;
    const now = new Map(devices.map((device) => [deviceKey(device), device]));
    if (isPartial) for (const [key, device] of before) if (!now.has(key)) now.set(key, device);
    this.#present = now;
    for (const [key, device] of before) {
      if (!now.has(key)) execute('snakepit.gpu.device.lost', {}, identityMetadata(device, intervalMs));
    }
    for (const [key, device] of now) {
      if (before.has(key)) continue;
      const { cudaVersion } = device;
      const metadata = identityMetadata(device, intervalMs);
      execute(
        'snakepit.gpu.device.found',
        {},
        cudaVersion === undefined ? metadata : { ...metadata, cuda_version: cudaVersion },
      );
    }
  }

  /** Returns false for most readings at once: the driver reports as much as it did before. */
  #isIncomplete(reading: GpuReading): boolean {
    if (this.#present.size === 0 || STABLE.every((key) => reading[key] !== undefined)) return false;
    const before = this.#present.get(deviceKey(reading));
    return before === undefined || missingIn(reading, before).length > 0;
  }

  #byIdentifier(): Map<string, GpuIdentity> {
    const devices = [...this.#present.values()];
    return new Map(devices.flatMap((device) => identifiersOf(device).map((each) => [each, device] as const)));
  }
}

/** What stays with a device. */
const STABLE = ['uuid', 'name', 'pciAddress', 'driverVersion'] as const;

const missingIn = (reading: GpuIdentity, before: GpuIdentity) =>
  STABLE.filter((key) => reading[key] === undefined && before[key] !== undefined);

/** MIG devices and partitions share the PCI address of their GPU. */
const identifiersOf = ({ uuid, pciAddress, parentUuid }: GpuIdentity): string[] =>
  [uuid, parentUuid === undefined ? pciAddress : undefined].filter((each) => each !== undefined);
