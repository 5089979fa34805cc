import type { FaultLog } from './fault-log.js';
import { type Nvml, nvmlName } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { returnCode, SUCCESS, TIMEOUT } from './return-codes.js';
import { CONTROL, MAX_XIDS, type SampleMemory } from './sample-memory.js';

/** `nvmlEventTypeXidCriticalError`. */
const XID_CRITICAL_ERROR = 8;

type Handle = number | bigint;

interface Watch {
  readonly gpu: Handle;
  /** Undefined if the GPU does not report events, as on Windows. */
  readonly eventSet: Handle | undefined;
}

/**
 * Collects the critical Xid errors of GPUs. None is lost before the main thread takes it. Each GPU has an event set of its
 * own, since a lost GPU makes its set unusable.
 */
export class XidEvents {
  readonly #nvml: Nvml;
  readonly #out: OutBuffer;
  readonly #faultLog: FaultLog;
  /** Watches by GPU index. Includes lost GPUs, whose last Xid errors arrive after the loss. */
  readonly #watches = new Map<number, Watch>();

  /** @param faultLog receives a fault for each GPU that can no longer be watched */
  constructor(nvml: Nvml, out: OutBuffer, faultLog: FaultLog) {
    this.#nvml = nvml;
    this.#out = out;
    this.#faultLog = faultLog;
  }

  /** Watches a GPU from now on. Does nothing if it is already watched. */
  watch(gpu: Handle, index: number): void {
    const previous = this.#watches.get(index);
    if (previous?.gpu === gpu) return;
    this.#free(previous);
    this.#watches.set(index, { gpu, eventSet: this.#createEventSet(gpu) });
  }

  /** Moves pending Xid errors into shared memory. */
  drain(memory: SampleMemory): void {
    for (const [index, watch] of this.#watches) {
      if (watch.eventSet === undefined) continue;
      const code = this.#drain(watch.eventSet, index, memory);
      if (code === SUCCESS || code === TIMEOUT) continue;
      this.#free(watch);
      const { outcome, description } = returnCode(code);
      // An unavailable GPU is watched again when it is back. Any other failure may be permanent, so it is not retried.
      if (outcome === 'device_unavailable') {
        this.#watches.delete(index);
        this.#faultLog.devicesMayHaveChanged = true;
      } else {
        this.#watches.set(index, { ...watch, eventSet: undefined });
        const device = `cuda:${index}`;
        this.#faultLog.faults.push({
          reason: 'failed',
          detail: `${device}: ${nvmlName('waitForEvent')}: ${description}`,
          device,
        });
      }
    }
  }

  close(): void {
    for (const watch of this.#watches.values()) this.#free(watch);
    this.#watches.clear();
  }

  #createEventSet(gpu: Handle): Handle | undefined {
    const { words, address } = this.#out;
    if (this.#nvml.eventTypes(gpu, address) !== SUCCESS) return undefined;
    if (((words[0] as number) & XID_CRITICAL_ERROR) === 0) return undefined;
    if (this.#nvml.createEventSet(address) !== SUCCESS) return undefined;
    const eventSet = this.#out.handle(0);
    if (this.#nvml.registerEvents(gpu, XID_CRITICAL_ERROR, eventSet) === SUCCESS) return eventSet;
    // After a failed registration the set is in an undefined state and may only be freed.
    this.#nvml.freeEventSet(eventSet);
    return undefined;
  }

  /** Returns the return code that ended the loop: `SUCCESS` if the shared memory is full. */
  #drain(eventSet: Handle, index: number, { control, xids }: SampleMemory): number {
    while ((control[CONTROL.xidCount] as number) < MAX_XIDS) {
      const code = this.#nvml.waitForEvent(eventSet, this.#out.address, 0);
      if (code !== SUCCESS) return code;
      if (this.#out.u64(2) !== XID_CRITICAL_ERROR) continue;
      const count = control[CONTROL.xidCount] as number;
      xids[2 * count] = index;
      xids[2 * count + 1] = this.#out.u64(4);
      control[CONTROL.xidCount] = count + 1;
    }
    return SUCCESS;
  }

  #free(watch: Watch | undefined): void {
    if (watch?.eventSet !== undefined) this.#nvml.freeEventSet(watch.eventSet);
  }
}
