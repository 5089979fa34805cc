import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SerialFileReader } from '../../system/serial-file-reader.js';
import type { GpuIdentity } from '../identity.js';
import { kernelPciAddress } from '../pci-address.js';
import { type KfdNode, readKfdNodes } from '../sources/amdgpu/kfd.js';
import type { DeviceReference } from './device-reference.js';

// A key is what a device of a sample and a device of the kubelet have in common. A GPU has several.
const byUuid = (uuid: string) => `uuid ${uuid.toLowerCase()}`;
const byAddress = (address: string, instance?: number) =>
  instance === undefined ? `pci ${address}` : `pci ${address} gi${instance}`;
const byIndex = (index: number, instance?: number) =>
  instance === undefined ? `nvidia ${index}` : `nvidia ${index} gi${instance}`;
const byName = (device: string) => `device ${device}`;

/** Returns the keys of a device of a sample. */
export function keysOf({
  device,
  index,
  vendor,
  uuid,
  pciAddress,
  parentUuid,
  gpuInstanceId,
}: GpuIdentity): string[] {
  const keys = [byName(device)];
  if (uuid !== undefined) keys.push(byUuid(uuid));
  // A MIG device or partition shares the address of its GPU.
  if (parentUuid !== undefined && gpuInstanceId === undefined) return keys;
  if (pciAddress !== undefined) keys.push(byAddress(pciAddress, gpuInstanceId));
  if (vendor === 'nvidia') keys.push(byIndex(index, gpuInstanceId));
  return keys;
}

/** Finds the keys of the kubelet's devices, with the files of the kernel where those have numbers of their own. */
export class DeviceKeys {
  readonly #root: string;
  readonly #files: SerialFileReader;
  #minors: Promise<ReadonlyMap<number, string>> | undefined;
  #partitions: Promise<ReadonlyMap<number, string>> | undefined;
  #nodes: Promise<readonly KfdNode[]> | undefined;

  /** @param root folder of `/proc` and `/sys` @param signal ends reading */
  constructor(root: string, signal: AbortSignal) {
    this.#root = root;
    this.#files = new SerialFileReader(signal);
  }

  /** Returns the key of a device; `undefined` if it cannot be known. */
  async of(reference: DeviceReference): Promise<string | undefined> {
    switch (reference.kind) {
      case 'uuid':
        return byUuid(reference.uuid);
      case 'pci':
        return byAddress(reference.address);
      case 'nvidia': {
        const { minor, instance } = reference;
        this.#minors ??= this.#readMinors();
        const minors = await this.#minors;
        const address = minors.get(minor);
        if (address !== undefined) return byAddress(address, instance);
        // The numbers of files follow the list of devices, unless a device failed.
        return minors.size === 0 ? byIndex(minor, instance) : undefined;
      }
      case 'card':
        return this.#addressOfCard(reference.number);
      case 'partition':
        this.#partitions ??= this.#readPartitions();
        return (await this.#partitions).get(reference.number);
      case 'render':
        return (await this.#nameOfRender(reference.minor)) ?? this.#addressOfCard(reference.card);
    }
  }

  /** Reads the PCI addresses of NVIDIA's GPUs by the numbers of their device files. */
  async #readMinors(): Promise<ReadonlyMap<number, string>> {
    const folder = join(this.#root, 'proc/driver/nvidia/gpus');
    const minors = new Map<number, string>();
    for (const name of await this.#files.list(folder, /^[0-9a-f:.]+$/i)) {
      const address = kernelPciAddress(name);
      const text = await this.#files.text(join(folder, name, 'information'));
      const minor = /^Device Minor:\s*(\d+)$/m.exec(text ?? '')?.[1];
      if (address !== undefined && minor !== undefined) minors.set(Number(minor), address);
    }
    return minors;
  }

  async #addressOfCard(number: number): Promise<string | undefined> {
    const target = await readlink(join(this.#root, `sys/class/drm/card${number}/device`)).catch(() => '');
    const address = kernelPciAddress(basename(target));
    return address === undefined ? undefined : byAddress(address);
  }

  /** Reads the names of the partitions of AMD GPUs by their number. Both the platform device and HIP's node have a render device. */
  async #readPartitions(): Promise<ReadonlyMap<number, string>> {
    const platform = join(this.#root, 'sys/devices/platform');
    const names = new Map<number, string>();
    for (const folder of await this.#files.list(platform, /^amdgpu_xcp_\d+$/)) {
      const [render = ''] = await this.#files.list(join(platform, folder, 'drm'), /^renderD\d+$/);
      const name = await this.#nameOfRender(Number(render.slice('renderD'.length)));
      if (name !== undefined) names.set(Number(folder.slice('amdgpu_xcp_'.length)), name);
    }
    return names;
  }

  /** Returns the name of the device of HIP that has a render device. */
  async #nameOfRender(minor: number): Promise<string | undefined> {
    this.#nodes ??= readKfdNodes(join(this.#root, 'sys/class/kfd/kfd/topology/nodes'), this.#files);
    const index = (await this.#nodes).findIndex(({ renderMinor }) => renderMinor === minor);
    return index < 0 ? undefined : byName(`rocm:${index}`);
  }
}
