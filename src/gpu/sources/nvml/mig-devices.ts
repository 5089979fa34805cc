import { Device } from './device.js';
import type { DeviceIdentityReader } from './device-identity.js';
import { DriverLostError } from './errors.js';
import type { FaultLog } from './fault-log.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import type { NvmlQuery } from './queries.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { MAX_DEVICES } from './sample-memory.js';

const MIG_ENABLED = 1;

const migMode: NvmlQuery = {
  fn: 'migMode',
  run: (nvml, { handle }, out) => nvml.migMode(handle, out.address, out.address + 4),
};

/** The MIG devices of each GPU in MIG mode. */
export class MigDevices {
  readonly #nvml: Nvml;
  readonly #out: OutBuffer;
  readonly #identities: DeviceIdentityReader;
  readonly #faultLog: FaultLog;
  /** MIG devices of each GPU by their index, which has gaps. */
  readonly #byGpu = new Map<Device, (Device | undefined)[]>();

  constructor(nvml: Nvml, out: OutBuffer, identities: DeviceIdentityReader, faultLog: FaultLog) {
    this.#nvml = nvml;
    this.#out = out;
    this.#identities = identities;
    this.#faultLog = faultLog;
  }

  /**
   * Re-enumerates the MIG devices of a GPU and returns them.
   *
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  refresh(gpu: Device): readonly Device[] {
    const isEnabled = gpu.query(migMode, this.#nvml, this.#out) && this.#out.words[0] === MIG_ENABLED;
    gpu.isMigEnabled = isEnabled;
    if (isEnabled !== this.#byGpu.has(gpu)) {
      gpu.resetSupport();
      if (isEnabled) this.#byGpu.set(gpu, []);
      else this.#byGpu.delete(gpu);
    }
    const devices = this.#byGpu.get(gpu);
    if (devices === undefined || this.#nvml.maxMigDeviceCount(gpu.handle, this.#out.address) !== SUCCESS) {
      return [];
    }
    devices.length = Math.min(this.#out.words[0] as number, MAX_DEVICES);
    for (let index = 0; index < devices.length; index++) {
      devices[index] = this.#find(gpu, index, devices[index]);
    }
    return devices.filter((device) => device !== undefined);
  }

  /** Forgets the MIG devices of GPUs that are not listed. */
  retain(gpus: readonly Device[]): void {
    for (const gpu of this.#byGpu.keys()) if (!gpus.includes(gpu)) this.#byGpu.delete(gpu);
  }

  /** Returns `undefined` if there is no MIG device at this index, which is no fault. */
  #find(gpu: Device, index: number, previous: Device | undefined): Device | undefined {
    const code = this.#nvml.migDeviceByIndex(gpu.handle, index, this.#out.address);
    if (returnCode(code).outcome === 'driver_lost') throw new DriverLostError('migDeviceByIndex', code);
    if (code !== SUCCESS) return undefined;
    const handle = this.#out.handle(0);
    if (previous !== undefined && this.#identities.isSame(previous, handle)) return previous;
    const identity = this.#identities.migDevice(handle, gpu.identity, index);
    return new Device(handle, identity, 0, this.#faultLog, gpu.handle);
  }
}
