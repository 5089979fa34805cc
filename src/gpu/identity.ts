import { type GpuIdentifiers, gpuKey } from '../catalog/gpu-identity.js';
import { omitUndefined } from '../common/omit-undefined.js';
import { type GpuHolder, holderMetadata } from './pods/holder.js';

/** Identity of a GPU or MIG slice. Optional members are absent if the driver does not report them. */
export interface GpuIdentity extends GpuIdentifiers {
  /**
   * PyTorch's device name, by the position in the driver's list: `cuda:0`, `rocm:1`, `xpu:0`, `mps`. A MIG slice has
   * the name that NVIDIA's container tools use: its GPU's, followed by its own position: `cuda:0:1`.
   */
  readonly device: string;
  /** Position in the driver's list; for a MIG slice, the position of its GPU. */
  readonly index: number;
  /** Manufacturer of the GPU. */
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'apple';
  /** Identity that survives a new position in the list, as the driver writes it. */
  readonly uuid?: string;
  /** Product name. */
  readonly name?: string;
  /** PCI address as the Linux kernel writes it: `0000:1b:00.0`. */
  readonly pciAddress?: string;
  /** For a MIG slice or a partition: `uuid` of the GPU that it is part of. */
  readonly parentUuid?: string;
  /** How an AMD GPU is divided into devices: `SPX` (one), `DPX`, `TPX`, `QPX` or `CPX` (one for each of its dies). */
  readonly computePartition?: string;
  /** For a MIG slice: id of its GPU instance. */
  readonly gpuInstanceId?: number;
  /** Containers of Kubernetes that hold the device; absent if the kubelet reports none. */
  readonly holders?: readonly GpuHolder[];
  /** Version of the kernel driver. */
  readonly driverVersion?: string;
  /** Version of the firmware; of an NVIDIA GPU, that of its VBIOS. */
  readonly firmwareVersion?: string;
  /** Serial number of the board. */
  readonly serialNumber?: string;
  /** Newest CUDA version that the driver supports. */
  readonly cudaVersion?: string;
  /** CUDA compute capability, such as `9.0`. */
  readonly computeCapability?: string;
}

/** Returns a map key that stays with the GPU when its position changes, or its name if nothing else identifies it. */
export const deviceKey = (identity: GpuIdentity): string => gpuKey(identity) ?? identity.device;

/**
 * Returns the identity in the metadata keys of GPU events.
 *
 * @param intervalMs time between samples, ms
 * @param holders containers to name
 */
export const identityMetadata = (identity: GpuIdentity, intervalMs: number, holders = identity.holders) =>
  omitUndefined({
    device: identity.device,
    uuid: identity.uuid,
    name: identity.name,
    vendor: identity.vendor,
    pci_address: identity.pciAddress,
    parent_uuid: identity.parentUuid,
    compute_partition: identity.computePartition,
    driver_version: identity.driverVersion,
    firmware_version: identity.firmwareVersion,
    serial_number: identity.serialNumber,
    index: identity.index,
    interval_ms: intervalMs,
    ...holderMetadata(holders),
  });
