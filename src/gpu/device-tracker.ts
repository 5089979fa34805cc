import { execute } from '../bus/bus.js';
import { identityOf } from './publish.js';
import type { GpuIdentity } from './readings.js';

/** Follows which devices are there, and announces what comes and goes. */
export class DeviceTracker {
  #present: ReadonlyMap<string, GpuIdentity> = new Map();

  get devices(): readonly GpuIdentity[] {
    return [...this.#present.values()];
  }

  /** Takes the devices of a sample. */
  update(devices: readonly GpuIdentity[], intervalMs: number): void {
    const before = this.#present;
    const now = new Map(devices.map((device) => [keyOf(device), device]));
    this.#present = now;
    const lost = [...before].filter(([key]) => !now.has(key)).map(([, device]) => device);
    const found = [...now].filter(([key]) => !before.has(key)).map(([, device]) => device);
    for (const device of lost) execute('snakepit.gpu.device.lost', {}, identityOf(device, intervalMs));
    for (const device of found) {
      const { cudaVersion } = device;
      const metadata = identityOf(device, intervalMs);
      execute(
        'snakepit.gpu.device.found',
        {},
        cudaVersion === undefined ? metadata : { ...metadata, cuda_version: cudaVersion },
      );
    }
  }
}

/** Positions move up when a device before them is lost, so they identify a device only where nothing else does. */
const keyOf = ({ uuid, pciAddress, device }: GpuIdentity) => uuid ?? pciAddress ?? device;
