import { deviceKey, type GpuIdentity } from '../identity.js';
import { type DeviceKeys, keysOf } from './device-keys.js';
import type { GpuHolder } from './holder.js';
import type { Allocation } from './pod-resources.js';

/** Holders of one device that are kept. */
const MAX_HOLDERS = 256;

/** The containers that hold GPUs, by device. */
export class HeldDevices {
  static readonly NONE = new HeldDevices(new Map());
  readonly #byKey: ReadonlyMap<string, readonly GpuHolder[]>;
  /** Results so far, by device: samples are more frequent than calls of the kubelet. */
  readonly #found = new Map<string, readonly GpuHolder[] | undefined>();

  private constructor(byKey: ReadonlyMap<string, readonly GpuHolder[]>) {
    this.#byKey = byKey;
  }

  /** @param before holders so far: those that have not changed stay the same object */
  static async from(
    allocations: readonly Allocation[],
    keys: DeviceKeys,
    before: HeldDevices,
  ): Promise<HeldDevices> {
    const byKey = new Map<string, Map<string, GpuHolder>>();
    for (const { device, holder } of allocations) {
      const key = await keys.of(device);
      if (key === undefined) continue;
      const holders = byKey.get(key) ?? new Map<string, GpuHolder>();
      byKey.set(key, holders);
      if (holders.size < MAX_HOLDERS) holders.set(holderKey(holder), holder);
    }
    const lists = [...byKey].map(([key, holders]): [string, readonly GpuHolder[]] => {
      const known = before.#byKey.get(key);
      const isSame = known?.length === holders.size && known.every((each) => holders.has(holderKey(each)));
      return [key, isSame ? known : [...holders.values()]];
    });
    return new HeldDevices(new Map(lists));
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Returns the holders of a device; `undefined` if there are none. */
  of(identity: GpuIdentity): readonly GpuHolder[] | undefined {
    const device = deviceKey(identity);
    const found = this.#found.get(device);
    if (found !== undefined || this.#found.has(device)) return found;
    const key = keysOf(identity).find((each) => this.#byKey.has(each));
    const holders = key === undefined ? undefined : this.#byKey.get(key);
    this.#found.set(device, holders);
    return holders;
  }
}

/** Returns a text that differs for different containers. */
export const holderKey = ({ namespace, pod, container }: GpuHolder): string =>
  `${namespace} ${pod} ${container}`;
