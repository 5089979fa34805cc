import { kernelPciAddress } from '../pci-address.js';

/** A device as a device plugin or DRA driver of Kubernetes names it. */
export type DeviceReference =
  | { readonly kind: 'uuid'; readonly uuid: string }
  | { readonly kind: 'pci'; readonly address: string }
  /** Number of NVIDIA's device file, `0` of `/dev/nvidia0`, with the id of a GPU instance. */
  | { readonly kind: 'nvidia'; readonly minor: number; readonly instance?: number }
  /** Number of the kernel's graphics card, `0` of `/dev/dri/card0`. */
  | { readonly kind: 'card'; readonly number: number }
  /** Partition of an AMD GPU: `30` of `amdgpu_xcp_30`. */
  | { readonly kind: 'partition'; readonly number: number }
  /** AMD GPU or partition by its device files: `0` and `128` of `/dev/dri/card0` and `/dev/dri/renderD128`. */
  | { readonly kind: 'render'; readonly card: number; readonly minor: number };

/** Of NVIDIA's plugin. `::1` is a share of a device by time slicing or MPS. */
const UUID = /^((?:GPU|MIG)-[0-9A-Za-z/-]{1,80})(?:::\d+)?$/;
/** Of GKE's plugin. `vgpu1` is a share of a device. */
const NVIDIA = /^nvidia(\d{1,4})(?:\/gi(\d{1,4}))?(?:\/vgpu\d+)?$/;
/** Of Intel's plugin. The second number is a share of a device. */
const INTEL = /^card(\d{1,4})-\d+$/;
const AMD_PARTITION = /^amdgpu_xcp_(\d{1,4})$/;
/** Of Intel's DRA driver: a PCI address with the id of the model. */
const INTEL_DRA = /^([0-9a-f]{4})-([0-9a-f]{2})-([0-9a-f]{2})-([0-7])-0x[0-9a-f]{4}$/i;
/** Of NVIDIA's DRA driver: the number of the device file. */
const NVIDIA_DRA = /^gpu-(\d{1,4})$/;
/** Of AMD's DRA driver: the numbers of both device files, also of a partition. */
const AMD_DRA = /^gpu-(\d{1,4})-(\d{1,4})$/;

/**
 * Returns the device that a device plugin means by an id; `undefined` for devices that are no GPUs, and for those of schedulers that
 * assign another device than the kubelet's.
 *
 * @param resource name of the resource, such as `nvidia.com/gpu`
 */
export function pluginDevice(resource: string, id: string): DeviceReference | undefined {
  const uuid = UUID.exec(id)?.[1];
  if (uuid !== undefined) return { kind: 'uuid', uuid: uuid.toLowerCase() };
  switch (resource.slice(0, resource.indexOf('/'))) {
    case 'nvidia.com': {
      const [, minor, instance] = NVIDIA.exec(id) ?? [];
      if (minor === undefined) return undefined;
      return {
        kind: 'nvidia',
        minor: Number(minor),
        ...(instance !== undefined && { instance: Number(instance) }),
      };
    }
    case 'amd.com': {
      const address = kernelPciAddress(id);
      if (address !== undefined) return { kind: 'pci', address };
      const partition = AMD_PARTITION.exec(id)?.[1];
      return partition === undefined ? undefined : { kind: 'partition', number: Number(partition) };
    }
    case 'gpu.intel.com': {
      // A resource for access to all GPUs, which says nothing about their use.
      if (resource.endsWith('monitoring')) return undefined;
      const card = INTEL.exec(id)?.[1];
      return card === undefined ? undefined : { kind: 'card', number: Number(card) };
    }
  }
  return undefined;
}

/**
 * Returns the device that a DRA driver has allocated; `undefined` if only the API's ResourceSlices identify it.
 *
 * @param driver name of the driver, such as `gpu.nvidia.com`
 * @param device name of the device in its pool
 */
export function claimedDevice(driver: string, device: string): DeviceReference | undefined {
  if (driver === 'gpu.nvidia.com') {
    const minor = NVIDIA_DRA.exec(device)?.[1];
    return minor === undefined ? undefined : { kind: 'nvidia', minor: Number(minor) };
  }
  if (driver === 'gpu.intel.com') {
    const [, domain, bus, slot, fn] = INTEL_DRA.exec(device) ?? [];
    const address = kernelPciAddress(`${domain}:${bus}:${slot}.${fn}`);
    return address === undefined ? undefined : { kind: 'pci', address };
  }
  if (driver === 'gpu.amd.com') {
    const [, card, minor] = AMD_DRA.exec(device) ?? [];
    return minor === undefined ? undefined : { kind: 'render', card: Number(card), minor: Number(minor) };
  }
  return undefined;
}

/** Returns the device of a CDI name that ends with its UUID: `nvidia.com/gpu=GPU-…`. https://github.com/cncf-tags/container-device-interface */
export function cdiDevice(name: string): DeviceReference | undefined {
  const uuid = UUID.exec(name.slice(name.indexOf('=') + 1))?.[1];
  return uuid === undefined ? undefined : { kind: 'uuid', uuid: uuid.toLowerCase() };
}
