import type { ClientUse } from './drm-clients.js';

interface DeviceFiles {
  readonly pciAddress: string | undefined;
  /** Names of its files in `/dev/dri`. */
  readonly deviceNodes: readonly string[];
}

/** Finds the device that a client uses. */
export class DeviceIndex {
  readonly #byAddress = new Map<string, number[]>();
  readonly #byNode = new Map<string, number>();

  constructor(devices: readonly DeviceFiles[]) {
    for (const [index, { pciAddress, deviceNodes }] of devices.entries()) {
      if (pciAddress !== undefined)
        this.#byAddress.set(pciAddress, [...(this.#byAddress.get(pciAddress) ?? []), index]);
      for (const node of deviceNodes) if (!this.#byNode.has(node)) this.#byNode.set(node, index);
    }
  }

  /**
   * Returns the position of the device; `undefined` if it is not one of these. The names of device files may be others in a container,
   * so they count only among the partitions of a card, and for clients without an address.
   */
  find({ client: { pciAddress }, node }: ClientUse): number | undefined {
    const byNode = this.#byNode.get(node);
    if (pciAddress === undefined) return byNode;
    const candidates = this.#byAddress.get(pciAddress) ?? [];
    return byNode !== undefined && candidates.includes(byNode) ? byNode : candidates[0];
  }
}
