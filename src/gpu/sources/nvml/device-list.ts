import type { GpuIdentity } from '../../identity.js';
import { kernelPciAddress } from '../../pci-address.js';
import type { GpuFault } from '../../source.js';
import { Device } from './device.js';
import { DeviceGone, DriverLost } from './errors.js';
import type { FaultLog } from './fault-log.js';
import type { CFunction } from './koffi.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import type { NvmlQuery } from './queries.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { MAX_DEVICES } from './sample-memory.js';
import type { XidEvents } from './xid-events.js';

/** Names are at most 96 bytes long, with the 0 at their end. */
const TEXT_BYTES = 96;
/** How long handles are believed to stand for the same devices while these answer, ms. */
const REFRESH_MS = 1000;
/** An nvmlPciInfo_t begins with the address as text of at most 16 bytes. */
const PCI_TEXT_BYTES = 16;

const migMode: NvmlQuery = {
  fn: 'migMode',
  ask: (nvml, { handle }, out) => nvml.migMode(handle, out.address, out.address + 4),
};

type Versions = Pick<GpuIdentity, 'driverVersion' | 'cudaVersion'>;

/** Follows which GPUs and MIG slices are there. What does not change about one is read once. */
export class DeviceList {
  readonly #nvml: Nvml;
  readonly #out: OutBuffer;
  readonly #trouble: FaultLog;
  readonly #events: XidEvents;
  readonly #versions: Versions;
  #devices: readonly Device[] = [];
  #refreshedAt = 0;
  /** By index, also those that cannot be used now. */
  readonly #gpus: (Device | undefined)[] = [];
  /** By place, of GPUs that are cut into slices. */
  readonly #slices = new Map<Device, (Device | undefined)[]>();
  /** GPUs that may not be used, which is told once. */
  readonly #forbidden = new Set<number>();

  constructor(nvml: Nvml, out: OutBuffer, events: XidEvents, trouble: FaultLog) {
    this.#nvml = nvml;
    this.#out = out;
    this.#events = events;
    this.#trouble = trouble;
    trouble.isListInDoubt = true;
    this.#versions = {
      driverVersion: this.#text(nvml.driverVersion),
      cudaVersion: this.#cudaVersion(),
    };
  }

  /** In the driver's order, each GPU followed by its slices. */
  get devices(): readonly Device[] {
    return this.#devices;
  }

  /**
   * Whether what was there is still there: all of it has answered since it was looked for, within the last second.
   *
   * @param now ms of `performance.now()`
   */
  isCurrent(now: number): boolean {
    return !this.#trouble.isListInDoubt && now - this.#refreshedAt < REFRESH_MS;
  }

  /** Looks what is there now. @param now ms of `performance.now()`. @throws DriverLost */
  refresh(now: number): void {
    this.#refreshedAt = now;
    this.#trouble.isListInDoubt = false;
    const code = this.#nvml.count(this.#out.address);
    if (code !== SUCCESS) throw new DriverLost('count', code);
    const devices: Device[] = [];
    this.#gpus.length = Math.min(this.#out.words[0] as number, MAX_DEVICES);
    for (let index = 0; index < this.#gpus.length; index++) {
      const gpu = this.#gpuAt(index);
      if (gpu === undefined) continue;
      devices.push(gpu);
      this.#refreshSlices(gpu, devices);
    }
    if (devices.length > MAX_DEVICES) devices.length = MAX_DEVICES;
    this.#devices = devices;
    for (const gpu of this.#slices.keys()) if (!devices.includes(gpu)) this.#slices.delete(gpu);
  }

  /** Leaves a device out until it is found again, and says why. */
  remove(device: Device, { message }: DeviceGone): void {
    device.forgetUnsupported();
    this.#trouble.isListInDoubt = true;
    this.#devices = this.#devices.filter((each) => each !== device);
    this.#trouble.faults.push(gone(device.identity.device, message, device));
  }

  #gpuAt(index: number): Device | undefined {
    const before = this.#gpus[index];
    try {
      const gpu = this.#findGpu(index, before);
      this.#gpus[index] = gpu;
      return gpu;
    } catch (error) {
      if (!(error instanceof DeviceGone)) throw error;
      before?.forgetUnsupported();
      this.#trouble.isListInDoubt = true;
      this.#trouble.faults.push(gone(`cuda:${index}`, error.message, before));
      return undefined;
    }
  }

  #findGpu(index: number, before: Device | undefined): Device | undefined {
    const code = this.#nvml.handleByIndex(index, this.#out.address);
    const device = `cuda:${index}`;
    if (code !== SUCCESS) {
      const { meaning } = returnCode(code);
      if (meaning === 'restart') throw new DriverLost('handleByIndex', code);
      const error = new DeviceGone('handleByIndex', code);
      if (meaning !== 'forbidden') throw error;
      if (!this.#forbidden.has(index)) this.#trouble.faults.push(gone(device, error.message));
      this.#forbidden.add(index);
      return undefined;
    }
    const handle = this.#out.handle(0);
    this.#events.watch(handle, index);
    if (before !== undefined && this.#isStill(before, handle)) return before;

    const uuid = this.#text(this.#nvml.uuid, handle);
    const identity: GpuIdentity = {
      device,
      index,
      vendor: 'nvidia',
      uuid,
      name: this.#text(this.#nvml.deviceName, handle),
      pciAddress:
        this.#nvml.pciInfo(handle, this.#out.address) === SUCCESS
          ? kernelPciAddress(this.#out.text(PCI_TEXT_BYTES))
          : undefined,
      ...this.#versions,
    };
    const fans =
      this.#nvml.fanCount(handle, this.#out.address) === SUCCESS ? (this.#out.words[0] as number) : 0;
    return new Device(handle, identity, fans, this.#trouble);
  }

  #refreshSlices(gpu: Device, devices: Device[]): void {
    const sliced = gpu.ask(migMode, this.#nvml, this.#out) && this.#out.words[0] === 1;
    gpu.isSliced = sliced;
    if (sliced !== this.#slices.has(gpu)) {
      // What is supported of the GPU as a whole depends on it.
      gpu.forgetUnsupported();
      if (sliced) this.#slices.set(gpu, []);
      else this.#slices.delete(gpu);
    }
    const slices = this.#slices.get(gpu);
    if (slices === undefined || this.#nvml.sliceCount(gpu.handle, this.#out.address) !== SUCCESS) return;
    slices.length = Math.min(this.#out.words[0] as number, MAX_DEVICES);
    for (let place = 0; place < slices.length; place++) {
      const slice = this.#findSlice(gpu, place, slices[place]);
      slices[place] = slice;
      if (slice !== undefined) devices.push(slice);
    }
  }

  /** `undefined` where the place is empty, which is nothing to tell. */
  #findSlice(gpu: Device, place: number, before: Device | undefined): Device | undefined {
    const code = this.#nvml.sliceByIndex(gpu.handle, place, this.#out.address);
    if (returnCode(code).meaning === 'restart') throw new DriverLost('sliceByIndex', code);
    if (code !== SUCCESS) return undefined;
    const handle = this.#out.handle(0);
    if (before !== undefined && this.#isStill(before, handle)) return before;
    const uuid = this.#text(this.#nvml.uuid, handle);
    const identity: GpuIdentity = {
      device: `${gpu.identity.device}:${place}`,
      index: gpu.identity.index,
      vendor: 'nvidia',
      uuid,
      name: this.#text(this.#nvml.deviceName, handle),
      pciAddress: gpu.identity.pciAddress,
      parentUuid: gpu.identity.uuid,
      ...this.#versions,
    };
    return new Device(handle, identity, 0, this.#trouble);
  }

  /** Handles stand for other devices later, those of slices above all. */
  #isStill({ handle: before, uuidBytes }: Device, handle: number | bigint): boolean {
    if (before !== handle) return false;
    const isKnown = this.#nvml.uuid(handle, this.#out.address, TEXT_BYTES) === SUCCESS;
    return uuidBytes === undefined ? !isKnown : isKnown && this.#out.isText(uuidBytes);
  }

  #text(fn: CFunction, ...handle: (number | bigint)[]): string | undefined {
    if (fn(...handle, this.#out.address, TEXT_BYTES) !== SUCCESS) return undefined;
    return this.#out.text(TEXT_BYTES) || undefined;
  }

  /** 12040 is 12.4. */
  #cudaVersion(): string | undefined {
    if (this.#nvml.cudaVersion(this.#out.address) !== SUCCESS) return undefined;
    const version = this.#out.words[0] as number;
    return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
  }
}

const gone = (device: string, why: string, known?: Device): GpuFault => {
  const uuid = known?.identity.uuid;
  const detail = `${device}${uuid === undefined ? '' : ` (${uuid})`} cannot be used: ${why}`;
  return { reason: 'failed', detail, device };
};
