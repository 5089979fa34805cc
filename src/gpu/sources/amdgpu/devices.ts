import { join } from 'node:path';
import type { KeptFiles } from '../../../system/kept-files.js';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';
import { CardList } from '../sysfs/card-list.js';
import { AmdCard } from './amd-card.js';
import { type KfdNode, kfdVersion, readKfdNodes } from './kfd.js';

export const AMD_DRIVERS = ['amdgpu'];

/** A device of HIP, or a card that is not offered for computing. */
export interface AmdDevice {
  /** Undefined if the card is not visible, as in some containers. */
  readonly card: AmdCard | undefined;
  /** Undefined if the kernel does not offer the card for computing. */
  readonly node: KfdNode | undefined;
  /** Number of the partition of the card; 0 is the first one, or the card itself. */
  readonly partition: number;
  /** True if the card is divided into partitions. */
  readonly isPartitioned: boolean;
  /** Names of its files in `/dev/dri`. */
  readonly deviceNodes: readonly string[];
}

/**
 * Lists the devices in the order of HIP, and again when cards or partitions have changed.
 *
 * @param root folder of the graphics cards
 * @param kfd folder of the kernel's compute driver
 */
export function amdDevices(
  root: string,
  kfd: string,
  files: SerialFileReader,
  kept: KeptFiles,
): CardList<AmdDevice> {
  const topology = join(kfd, 'topology');
  return new CardList(
    {
      root,
      drivers: AMD_DRIVERS,
      open: async (cards) =>
        arrange(
          cards.map((card) => new AmdCard(card)),
          await readKfdNodes(join(topology, 'nodes'), files),
        ),
      version: () => kfdVersion(topology, files),
    },
    files,
    kept,
  );
}

/** Arranges cards, sorted by PCI address, in the order of HIP's devices. */
function arrange(cards: readonly AmdCard[], nodes: readonly KfdNode[]): AmdDevice[] {
  const counts = new Map<string, number>();
  for (const { pciSlot } of nodes) counts.set(pciSlot, (counts.get(pciSlot) ?? 0) + 1);
  const numbers = new Map<string, number>();
  const computing = nodes.map((node): AmdDevice => {
    const card = cards.find(({ files }) => files.pciAddress.startsWith(`${node.pciSlot}.`));
    const partition = numbers.get(node.pciSlot) ?? 0;
    numbers.set(node.pciSlot, partition + 1);
    const own = node.renderMinor === undefined ? [] : [`renderD${node.renderMinor}`];
    return {
      card,
      node,
      partition,
      isPartitioned: (counts.get(node.pciSlot) ?? 0) > 1,
      deviceNodes: partition === 0 && card !== undefined ? [...own, ...card.files.deviceNodes] : own,
    };
  });
  const others = cards.filter((card) => !computing.some((device) => device.card === card));
  return [
    ...computing,
    ...others.map((card) => ({
      card,
      node: undefined,
      partition: 0,
      isPartitioned: false,
      deviceNodes: card.files.deviceNodes,
    })),
  ];
}
