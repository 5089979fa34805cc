import { execute } from '../bus/bus.js';
import { deviceKey, type GpuIdentity, identityMetadata } from './identity.js';

/** Tracks which devices are present, and publishes an event for each that is found or lost. */
export class DeviceTracker {
  #present: ReadonlyMap<string, GpuIdentity> = new Map();

  get devices(): readonly GpuIdentity[] {
    return [...this.#present.values()];
  }

  /**
   * Compares the devices of a sample with those of the previous one.
   *
   * @param intervalMs time between samples, ms
   */
  update(devices: readonly GpuIdentity[], intervalMs: number): void {
    const before = this.#present;
    const now = new Map(devices.map((device) => [deviceKey(device), device]));
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
}
