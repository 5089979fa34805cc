import type { Nvml } from './library.js';
import type { OutMemory } from './out-memory.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { CONTROL, MAX_XIDS, type SampleMemory } from './sample-memory.js';

const XID_CRITICAL_ERROR = 8;

/** Collects the critical errors that the driver reports of GPUs. Nothing is lost until the main thread has taken it. */
export class XidEvents {
  readonly #nvml: Nvml;
  readonly #out: OutMemory;
  readonly #set: number | bigint | undefined;
  /** Indices of GPUs by their handles; those that are lost stay, for it is then that something is reported of them. */
  readonly #watched = new Map<number | bigint, number>();
  #usable: boolean;

  constructor(nvml: Nvml, out: OutMemory) {
    this.#nvml = nvml;
    this.#out = out;
    this.#usable = nvml.createEventSet(out.address) === SUCCESS;
    this.#set = this.#usable ? out.handle(0) : undefined;
  }

  /** From now on. A device that cannot report them (on Windows, none can) is left alone. */
  watch(handle: number | bigint, index: number): void {
    if (!this.#usable || this.#set === undefined) return;
    if (this.#nvml.eventTypes(handle, this.#out.address) !== SUCCESS) return;
    if (((this.#out.words[0] as number) & XID_CRITICAL_ERROR) === 0) return;
    const code = this.#nvml.registerEvents(handle, XID_CRITICAL_ERROR, this.#set);
    this.#watched.set(handle, index);
    // After an unknown error the set is in no defined state: it may only be freed.
    if (returnCode(code).meaning === 'failed') this.close();
  }

  drain({ control, xids }: SampleMemory): void {
    if (!this.#usable || this.#set === undefined) return;
    for (let i = 0; i < MAX_XIDS && (control[CONTROL.xids] as number) < MAX_XIDS; i++) {
      if (this.#nvml.waitForEvent(this.#set, this.#out.address, 0) !== SUCCESS) return;
      const index = this.#watched.get(this.#out.handle(0));
      if (index === undefined || this.#out.u64(2) !== XID_CRITICAL_ERROR) continue;
      const count = control[CONTROL.xids] as number;
      xids[2 * count] = index;
      xids[2 * count + 1] = this.#out.u64(4);
      control[CONTROL.xids] = count + 1;
    }
  }

  close(): void {
    if (this.#usable && this.#set !== undefined) this.#nvml.freeEventSet(this.#set);
    this.#usable = false;
  }
}
