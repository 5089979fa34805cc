// Entry point of the thread that calls NVML. Its calls block, and never return while the driver hangs. The build puts this module and
// what it imports into one script, which cannot resolve packages: it gets the path of koffi.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Koffi } from './koffi.js';
import { NvmlReader } from './reader.js';
import type { Response } from './response.js';
import { CONTROL, REQUEST, type Request, SampleMemory, STOP } from './sample-memory.js';

export interface WorkerData {
  readonly buffer: SharedArrayBuffer;
  /** Path or name of the driver's library. */
  readonly library: string;
  /** Path from which koffi is required. */
  readonly koffi: string;
}

const REQUEST_TYPES = new Map<number, Request>(
  Object.entries(REQUEST).map(([type, value]) => [value, type as Request]),
);

function serve({ buffer, library, koffi }: WorkerData): void {
  const memory = new SampleMemory(buffer);
  const { control } = memory;
  const reader = new NvmlReader(createRequire(koffi)(koffi) as Koffi, library, memory);
  let handledCount = 0;

  for (;;) {
    setBusy(control, 0);
    const timeout = reader.hasPending ? 0 : Number.POSITIVE_INFINITY;
    const waited = Atomics.wait(control, CONTROL.requestCount, handledCount, timeout);
    // Busy is set before stop is read, and the exit guard does the reverse, so that one of the two sees the other's write.
    setBusy(control, 1);
    const stop = Atomics.load(control, CONTROL.stop);
    if (stop === STOP.close) reader.close();
    if (stop !== 0) break;
    if (waited === 'timed-out') reader.readPending();
    else {
      handledCount = Atomics.load(control, CONTROL.requestCount);
      const request = REQUEST_TYPES.get(control[CONTROL.request] as number);
      if (request !== undefined) parentPort?.postMessage(reader.handle(request) satisfies Response);
    }
  }
  setBusy(control, 0);
}

function setBusy(control: Int32Array, value: 0 | 1): void {
  Atomics.store(control, CONTROL.busy, value);
  if (value === 0) Atomics.notify(control, CONTROL.busy);
}

serve(workerData as WorkerData);
