import type { GpuFault } from '../../source.js';
import { Device } from './device.js';
import { DeviceIdentityReader } from './device-identity.js';
import { DeviceUnavailableError, DriverLostError, isNvmlError } from './errors.js';
import type { FaultLog } from './fault-log.js';
import type { Nvml } from './library.js';
import { MigDevices } from './mig-devices.js';
import type { OutBuffer } from './out-buffer.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { MAX_DEVICES } from './sample-memory.js';
import type { XidEvents } from './xid-events.js';

/** Time between two enumerations while all devices respond, ms. */
const REFRESH_MS = 1000;

/** Enumerates GPUs and MIG devices. Keeps a `Device` for as long as its handle stands for it. */
export class DeviceList {
  readonly #nvml: Nvml;
  readonly #out: OutBuffer;
  readonly #faultLog: FaultLog;
  readonly #xidEvents: XidEvents;
  readonly #identities: DeviceIdentityReader;
  readonly #migDevices: MigDevices;
  #devices: readonly Device[] = [];
  #refreshedAt = 0;
  /** GPUs by index. Undefined if the GPU cannot be used at present. */
  readonly #gpus: (Device | undefined)[] = [];
  /** Indexes of the GPUs for which missing permission was reported. */
  readonly #permissionDenied = new Set<number>();

  constructor(nvml: Nvml, out: OutBuffer, xidEvents: XidEvents, faultLog: FaultLog) {
    this.#nvml = nvml;
    this.#out = out;
    this.#xidEvents = xidEvents;
    this.#faultLog = faultLog;
    this.#faultLog.devicesMayHaveChanged = true;
    this.#identities = new DeviceIdentityReader(nvml, out);
    this.#migDevices = new MigDevices(nvml, out, this.#identities, faultLog);
  }

  /** The devices in the driver's order. MIG devices follow their GPU. */
  get devices(): readonly Device[] {
    return this.#devices;
  }

  /**
   * Returns true if all devices have responded since the last enumeration, and that was less than a second ago.
   *
   * @param now ms of `performance.now()`
   */
  isCurrent(now: number): boolean {
    return !this.#faultLog.devicesMayHaveChanged && now - this.#refreshedAt < REFRESH_MS;
  }

  /**
   * Re-enumerates devices.
   *
   * @param now ms of `performance.now()`
   * @throws DriverLostError
   */
  refresh(now: number): void {
    this.#refreshedAt = now;
    this.#faultLog.devicesMayHaveChanged = false;
    const code = this.#nvml.count(this.#out.address);
    if (code !== SUCCESS) throw new DriverLostError('count', code);
    const devices: Device[] = [];
    this.#gpus.length = Math.min(this.#out.words[0] as number, MAX_DEVICES);
    for (let index = 0; index < this.#gpus.length; index++) {
      devices.push(...this.#refreshGpu(index));
    }
    if (devices.length > MAX_DEVICES) devices.length = MAX_DEVICES;
    this.#devices = devices;
    this.#migDevices.retain(devices);
  }

  /** Leaves a device out until the next enumeration, and logs a fault. */
  exclude(device: Device, { message }: DeviceUnavailableError): void {
    device.resetSupport();
    this.#faultLog.devicesMayHaveChanged = true;
    this.#devices = this.#devices.filter((each) => each !== device);
    this.#faultLog.faults.push(unavailable(device.identity.device, message, device));
  }

  /** Returns the GPU and its MIG devices; none if the GPU is unavailable, which is logged as a fault. */
  #refreshGpu(index: number): readonly Device[] {
    try {
      const gpu = this.#findGpu(index, this.#gpus[index]);
      this.#gpus[index] = gpu;
      return gpu === undefined ? [] : [gpu, ...this.#migDevices.refresh(gpu)];
    } catch (error) {
      if (!isNvmlError(error, 'SNAKEPIT_NVML_DEVICE_UNAVAILABLE')) throw error;
      const known = this.#gpus[index];
      known?.resetSupport();
      this.#faultLog.devicesMayHaveChanged = true;
      this.#faultLog.faults.push(unavailable(`cuda:${index}`, error.message, known));
      return [];
    }
  }

  #findGpu(index: number, previous: Device | undefined): Device | undefined {
    const code = this.#nvml.handleByIndex(index, this.#out.address);
    if (code !== SUCCESS) {
      const { outcome } = returnCode(code);
      if (outcome === 'driver_lost') throw new DriverLostError('handleByIndex', code);
      const error = new DeviceUnavailableError('handleByIndex', code);
      if (outcome !== 'permission_denied') throw error;
      if (!this.#permissionDenied.has(index)) {
        this.#faultLog.faults.push(unavailable(`cuda:${index}`, error.message));
      }
      this.#permissionDenied.add(index);
      return undefined;
    }
    const handle = this.#out.handle(0);
    this.#xidEvents.watch(handle, index);
    if (previous !== undefined && this.#identities.isSame(previous, handle)) return previous;

    const identity = this.#identities.gpu(handle, index);
    const fanCount =
      this.#nvml.fanCount(handle, this.#out.address) === SUCCESS ? (this.#out.words[0] as number) : 0;
    return new Device(handle, identity, fanCount, this.#faultLog);
  }
}

const unavailable = (device: string, reason: string, known?: Device): GpuFault => {
  const uuid = known?.identity.uuid;
  const detail = `${device}${uuid === undefined ? '' : ` (${uuid})`} is unavailable: ${reason}`;
  return { reason: 'failed', detail, device };
};
