import type { FaultLog } from './fault-log.js';
import { type Nvml, nameOf } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { returnCode, SUCCESS, TIMEOUT } from './return-codes.js';
import { CONTROL, MAX_XIDS, type SampleMemory } from './sample-memory.js';

const XID_CRITICAL_ERROR = 8;

type Handle = number | bigint;

interface Watch {
  readonly gpu: Handle;
  /** `undefined` where the GPU reports nothing: on Windows, none does. */
  readonly set: Handle | undefined;
}

/**
 * Collects the critical errors that the driver reports of GPUs. Nothing is lost until the main thread has taken it. Each GPU
 * has a set of its own, for one that is lost makes its set useless.
 */
export class XidEvents {
  readonly #nvml: Nvml;
  readonly #out: OutBuffer;
  readonly #trouble: FaultLog;
  /** By index, also of GPUs that are lost: it is then that something is reported of them. */
  readonly #watches = new Map<number, Watch>();

  /** @param trouble where it tells what it cannot watch any more */
  constructor(nvml: Nvml, out: OutBuffer, trouble: FaultLog) {
    this.#nvml = nvml;
    this.#out = out;
    this.#trouble = trouble;
  }

  /** From now on, if it is not being watched. */
  watch(gpu: Handle, index: number): void {
    const before = this.#watches.get(index);
    if (before?.gpu === gpu) return;
    this.#free(before);
    this.#watches.set(index, { gpu, set: this.#setFor(gpu) });
  }

  drain(memory: SampleMemory): void {
    for (const [index, watch] of this.#watches) {
      if (watch.set === undefined) continue;
      const code = this.#drain(watch.set, index, memory);
      if (code === SUCCESS || code === TIMEOUT) continue;
      this.#free(watch);
      const { meaning, words } = returnCode(code);
      // One that comes back is watched again; one that fails otherwise might do so for ever.
      if (meaning === 'gone') {
        this.#watches.delete(index);
        this.#trouble.isListInDoubt = true;
      } else {
        this.#watches.set(index, { ...watch, set: undefined });
        const device = `cuda:${index}`;
        this.#trouble.faults.push({
          reason: 'failed',
          detail: `${device}: ${nameOf('waitForEvent')}: ${words}`,
          device,
        });
      }
    }
  }

  close(): void {
    for (const watch of this.#watches.values()) this.#free(watch);
    this.#watches.clear();
  }

  #setFor(gpu: Handle): Handle | undefined {
    const { words, address } = this.#out;
    if (this.#nvml.eventTypes(gpu, address) !== SUCCESS) return undefined;
    if (((words[0] as number) & XID_CRITICAL_ERROR) === 0) return undefined;
    if (this.#nvml.createEventSet(address) !== SUCCESS) return undefined;
    const set = this.#out.handle(0);
    if (this.#nvml.registerEvents(gpu, XID_CRITICAL_ERROR, set) === SUCCESS) return set;
    // After an unknown error the set is in no defined state: it may only be freed.
    this.#nvml.freeEventSet(set);
    return undefined;
  }

  /** Returns the code that ended it: success where there is no room for more. */
  #drain(set: Handle, index: number, { control, xids }: SampleMemory): number {
    while ((control[CONTROL.xids] as number) < MAX_XIDS) {
      const code = this.#nvml.waitForEvent(set, this.#out.address, 0);
      if (code !== SUCCESS) return code;
      if (this.#out.u64(2) !== XID_CRITICAL_ERROR) continue;
      const count = control[CONTROL.xids] as number;
      xids[2 * count] = index;
      xids[2 * count + 1] = this.#out.u64(4);
      control[CONTROL.xids] = count + 1;
    }
    return SUCCESS;
  }

  #free(watch: Watch | undefined): void {
    if (watch?.set !== undefined) this.#nvml.freeEventSet(watch.set);
  }
}
