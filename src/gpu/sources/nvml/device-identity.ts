import type { GpuIdentity } from '../../identity.js';
import { kernelPciAddress } from '../../pci-address.js';
import type { Device } from './device.js';
import type { CFunction } from './koffi.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { SUCCESS } from './return-codes.js';

type Handle = number | bigint;

/** Maximum length of names and UUIDs, with the terminating null (`NVML_DEVICE_UUID_V2_BUFFER_SIZE`). */
const TEXT_BYTES = 96;
/** `nvmlPciInfo_t` starts with the address as text (`NVML_DEVICE_PCI_BUS_ID_BUFFER_V2_SIZE`). */
const PCI_TEXT_BYTES = 16;

/** Reads the identity of devices. */
export class DeviceIdentityReader {
  readonly #nvml: Nvml;
  readonly #out: OutBuffer;
  readonly #versions: Pick<GpuIdentity, 'driverVersion' | 'cudaVersion'>;

  constructor(nvml: Nvml, out: OutBuffer) {
    this.#nvml = nvml;
    this.#out = out;
    this.#versions = {
      driverVersion: this.#text(nvml.driverVersion),
      cudaVersion: this.#cudaVersion(),
    };
  }

  gpu(handle: Handle, index: number): GpuIdentity {
    return {
      device: `cuda:${index}`,
      index,
      vendor: 'nvidia',
      uuid: this.#text(this.#nvml.uuid, handle),
      name: this.#text(this.#nvml.deviceName, handle),
      pciAddress:
        this.#nvml.pciInfo(handle, this.#out.address) === SUCCESS
          ? kernelPciAddress(this.#out.text(PCI_TEXT_BYTES))
          : undefined,
      computeCapability: this.#computeCapability(handle),
      firmwareVersion: this.#text(this.#nvml.vbiosVersion, handle),
      serialNumber: this.#text(this.#nvml.serial, handle),
      ...this.#versions,
    };
  }

  /** @param migIndex index of the MIG device on its GPU */
  migDevice(handle: Handle, gpu: GpuIdentity, migIndex: number): GpuIdentity {
    return {
      device: `${gpu.device}:${migIndex}`,
      index: gpu.index,
      vendor: 'nvidia',
      uuid: this.#text(this.#nvml.uuid, handle),
      name: this.#text(this.#nvml.deviceName, handle),
      pciAddress: gpu.pciAddress,
      parentUuid: gpu.uuid,
      gpuInstanceId: this.#gpuInstanceId(handle),
      computeCapability: gpu.computeCapability,
      firmwareVersion: gpu.firmwareVersion,
      serialNumber: gpu.serialNumber,
      ...this.#versions,
    };
  }

  /** Returns true if the handle still stands for the device. The driver reuses handles, those of MIG devices above all. */
  isSame({ handle: previous, uuidBytes }: Device, handle: Handle): boolean {
    if (previous !== handle) return false;
    const hasUuid = this.#nvml.uuid(handle, this.#out.address, TEXT_BYTES) === SUCCESS;
    return uuidBytes === undefined ? !hasUuid : hasUuid && this.#out.textEquals(uuidBytes);
  }

  #text(fn: CFunction, ...handle: Handle[]): string | undefined {
    if (fn(...handle, this.#out.address, TEXT_BYTES) !== SUCCESS) return undefined;
    return this.#out.text(TEXT_BYTES) || undefined;
  }

  #gpuInstanceId(handle: Handle): number | undefined {
    return this.#nvml.gpuInstanceId(handle, this.#out.address) === SUCCESS ? this.#out.words[0] : undefined;
  }

  #computeCapability(handle: Handle): string | undefined {
    const { address, words } = this.#out;
    if (this.#nvml.computeCapability(handle, address, address + 4) !== SUCCESS) return undefined;
    return `${words[0]}.${words[1]}`;
  }

  /** NVML encodes 12.4 as 12040. */
  #cudaVersion(): string | undefined {
    if (this.#nvml.cudaVersion(this.#out.address) !== SUCCESS) return undefined;
    const version = this.#out.words[0] as number;
    return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
  }
}
