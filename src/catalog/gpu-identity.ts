import type { AnyEvent } from './any-event.js';
import { enumOf, number, text } from './field.js';
import { gpuHolderFields } from './gpu-pods.js';

/** Identity of a device on every GPU event, beside the string `device`. */
export const gpuIdentityFields = {
  uuid: text('stable identity of the device'),
  name: text(),
  vendor: enumOf('nvidia', 'amd', 'intel', 'apple'),
  pci_address: text(),
  parent_uuid: text('parent GPU of a MIG device or partition'),
  compute_partition: text('how an AMD GPU is divided: SPX is one device, CPX one for each of its dies'),
  driver_version: text(),
  firmware_version: text('version of the firmware, such as that of the VBIOS'),
  serial_number: text('serial number of the board'),
  index: number('position in the driver’s list'),
  interval_ms: number('sampling interval, ms; samples expire after three'),
  ...gpuHolderFields,
};

/**
 * A running total belongs to a GPU, not to a name such as `cuda:0`: another GPU takes the name when one before it is lost, and its total
 * is another one.
 */
export const GPU_TOTAL_TAGS = ['device', { key: 'uuid', fallbackKey: 'pci_address', as: 'gpu_id' }] as const;

/** Identifies a GPU whatever its position in the driver's list. Either may be unknown. */
export interface GpuIdentifiers {
  readonly uuid?: string;
  readonly pciAddress?: string;
}

/** Reads the identifiers of the GPU that an event is about. */
export const gpuIdentifiers = ({ uuid, pci_address: pciAddress }: AnyEvent['metadata']): GpuIdentifiers => ({
  uuid: typeof uuid === 'string' ? uuid : undefined,
  pciAddress: typeof pciAddress === 'string' ? pciAddress : undefined,
});

/**
 * Returns true unless the identifiers contradict each other. Device names such as `cuda:0` do not identify a GPU: they move
 * up when a device before them is lost, so the next event or reading of a name may be about another GPU.
 */
export const isSameGpu = (one: GpuIdentifiers, other: GpuIdentifiers): boolean =>
  one.uuid === undefined || other.uuid === undefined
    ? one.pciAddress === undefined || other.pciAddress === undefined || one.pciAddress === other.pciAddress
    : one.uuid === other.uuid;

/** Returns a map key that stays with the GPU when its position changes; `undefined` if nothing identifies it. */
export const gpuKey = ({ uuid, pciAddress }: GpuIdentifiers): string | undefined => uuid ?? pciAddress;
