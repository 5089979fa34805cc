import type { GpuIdentity } from '../../reading.js';
import type { GpuFault } from '../../source.js';
import { Device } from './device.js';
import { DeviceGone, DriverLost } from './errors.js';
import type { CFunction } from './koffi.js';
import { type Nvml, type NvmlFunction, nameOf } from './library.js';
import type { OutMemory } from './out-memory.js';
import { pciAddress } from './pci-address.js';
import type { Question } from './readings.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { MAX_DEVICES } from './sample-memory.js';
import type { XidEvents } from './xid-events.js';

/** Names are at most 96 bytes long, with the 0 at their end. */
const TEXT_BYTES = 96;

const migMode: Question = {
  fn: 'migMode',
  ask: (nvml, { handle }, out) => nvml.migMode(handle, out.address, out.address + 4),
};

type Versions = Pick<GpuIdentity, 'driverVersion' | 'cudaVersion'>;

/** Follows which GPUs and MIG slices are there. What does not change about one is read once. */
export class DeviceList {
  readonly #nvml: Nvml;
  readonly #out: OutMemory;
  readonly #faults: GpuFault[];
  readonly #events: XidEvents;
  readonly #versions: Versions;
  /** By the names of devices. */
  readonly #devices = new Map<string, Device>();
  /** GPUs cut into slices when last seen, and those that may not be used, which is told once. */
  readonly #sliced = new Set<Device>();
  readonly #forbidden = new Set<string>();

  constructor(nvml: Nvml, out: OutMemory, events: XidEvents, faults: GpuFault[]) {
    this.#nvml = nvml;
    this.#out = out;
    this.#events = events;
    this.#faults = faults;
    this.#versions = {
      driverVersion: this.#text(nvml.driverVersion),
      cudaVersion: this.#cudaVersion(),
    };
  }

  /** In the driver's order, each GPU followed by its slices. */
  get devices(): Iterable<Device> {
    return this.#devices.values();
  }

  /** Looks what is there now. @throws DriverLost */
  refresh(): void {
    const before = new Map(this.#devices);
    this.#devices.clear();
    this.#must('count', this.#nvml.count(this.#out.address));
    const count = Math.min(this.#out.words[0] as number, MAX_DEVICES);
    for (let index = 0; index < count; index++) {
      const name = `cuda:${index}`;
      const gpu = this.#refreshed(name, before.get(name), () => this.#findGpu(index, before.get(name)));
      if (gpu !== undefined) this.#refreshSlices(gpu, before);
    }
  }

  /** Leaves a device out until it is found again, and says why. */
  remove(device: Device, { message }: DeviceGone): void {
    this.#devices.delete(device.identity.device);
    this.#faults.push(gone(device.identity.device, message, device));
  }

  #refreshed(name: string, before: Device | undefined, find: () => Device | undefined): Device | undefined {
    try {
      const device = find();
      if (device !== undefined && this.#devices.size < MAX_DEVICES) this.#devices.set(name, device);
      return device;
    } catch (error) {
      if (!(error instanceof DeviceGone)) throw error;
      this.#faults.push(gone(name, error.message, before));
      return undefined;
    }
  }

  #findGpu(index: number, before: Device | undefined): Device | undefined {
    const device = `cuda:${index}`;
    const code = this.#nvml.handleByIndex(index, this.#out.address);
    if (returnCode(code).meaning === 'forbidden') {
      if (!this.#forbidden.has(device)) this.#faults.push(gone(device, told('handleByIndex', code)));
      this.#forbidden.add(device);
      return undefined;
    }
    this.#mustHave('handleByIndex', code);
    const handle = this.#out.handle(0);
    const uuid = this.#text(this.#nvml.uuid, handle);
    if (before?.handle === handle && before.identity.uuid === uuid) return before;

    const identity: GpuIdentity = {
      device,
      index,
      vendor: 'nvidia',
      uuid,
      name: this.#text(this.#nvml.deviceName, handle),
      pciAddress:
        this.#nvml.pciInfo(handle, this.#out.address) === SUCCESS ? pciAddress(this.#out) : undefined,
      ...this.#versions,
    };
    const fans =
      this.#nvml.fanCount(handle, this.#out.address) === SUCCESS ? (this.#out.words[0] as number) : 0;
    this.#events.watch(handle, index);
    return new Device(handle, identity, fans, this.#faults);
  }

  #refreshSlices(gpu: Device, before: ReadonlyMap<string, Device>): void {
    const sliced = gpu.ask(migMode, this.#nvml, this.#out) && this.#out.words[0] === 1;
    if (sliced !== this.#sliced.has(gpu)) {
      // What is supported of the GPU as a whole depends on it.
      gpu.forgetUnsupported();
      if (sliced) this.#sliced.add(gpu);
      else this.#sliced.delete(gpu);
    }
    if (!sliced || this.#nvml.sliceCount(gpu.handle, this.#out.address) !== SUCCESS) return;
    const places = Math.min(this.#out.words[0] as number, MAX_DEVICES);
    for (let place = 0; place < places; place++) {
      const name = `${gpu.identity.device}:${place}`;
      this.#refreshed(name, before.get(name), () => this.#findSlice(gpu, place, before.get(name)));
    }
  }

  /** `undefined` where the place is empty, which is nothing to tell. */
  #findSlice(gpu: Device, place: number, before: Device | undefined): Device | undefined {
    const code = this.#nvml.sliceByIndex(gpu.handle, place, this.#out.address);
    if (returnCode(code).meaning === 'restart') throw new DriverLost('sliceByIndex', code);
    if (code !== SUCCESS) return undefined;
    const handle = this.#out.handle(0);
    // A handle is used again for another slice.
    const uuid = this.#text(this.#nvml.uuid, handle);
    if (before?.handle === handle && before.identity.uuid === uuid) return before;
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
    return new Device(handle, identity, 0, this.#faults);
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

  /** @throws DriverLost unless it was answered */
  #must(fn: NvmlFunction, code: number): void {
    if (code !== SUCCESS) throw new DriverLost(fn, code);
  }

  /** @throws DriverLost, DeviceGone unless it was answered */
  #mustHave(fn: NvmlFunction, code: number): void {
    if (code === SUCCESS) return;
    if (returnCode(code).meaning === 'restart') throw new DriverLost(fn, code);
    throw new DeviceGone(fn, code);
  }
}

const told = (fn: NvmlFunction, code: number) => `${nameOf(fn)}: ${returnCode(code).words}`;

const gone = (device: string, why: string, known?: Device): GpuFault => {
  const uuid = known?.identity.uuid;
  const detail = `${device}${uuid === undefined ? '' : ` (${uuid})`} cannot be used: ${why}`;
  return { reason: 'failed', detail, device };
};
