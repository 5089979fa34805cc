import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuHolder } from './holder.js';

/** The kubelet keeps a link to the log of each container here: `POD_NAMESPACE_CONTAINER-ID.log`. */
const FOLDER = 'var/log/containers';
const LINK = /^([^_]{1,253})_([^_]{1,253})_(.{1,253})-([0-9a-f]{64})\.log$/;
/** Time after which a container that had no link is searched for again, ms. */
const INTERVAL_MS = 10_000;

/** Names of the containers of this node, from the names of their logs. Their contents are not read. */
export class ContainerNames {
  readonly #folder: string;
  #byId: ReadonlyMap<string, GpuHolder> = new Map();
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;

  /** @param root folder of `/var` */
  constructor(root: string) {
    this.#folder = join(root, FOLDER);
  }

  of(containerId: string): GpuHolder | undefined {
    return this.#byId.get(containerId);
  }

  /** Lists the containers again if one of these is not known, once in 10 s at most. Never rejects. */
  find(containerIds: Iterable<string>): Promise<void> | undefined {
    const now = performance.now();
    if (this.#listing !== undefined) return this.#listing;
    if (now - this.#listedAt < INTERVAL_MS || [...containerIds].every((id) => this.#byId.has(id)))
      return undefined;
    this.#listedAt = now;
    this.#listing = this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #list(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const byId = new Map<string, GpuHolder>();
    for (const name of names) {
      const [, pod, namespace, container, id] = LINK.exec(name) ?? [];
      if (pod !== undefined && namespace !== undefined && container !== undefined && id !== undefined)
        byId.set(id, { namespace, pod, container });
    }
    this.#byId = byId;
  }
}
