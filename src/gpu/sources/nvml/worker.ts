// Runs in a thread of its own: calls to the driver block, sometimes for ever, and nothing but this may wait for them.
import { parentPort, workerData } from 'node:worker_threads';
import { findKoffi } from './koffi.js';
import { NvmlReader } from './reader.js';
import type { Response } from './response.js';
import { CONTROL, REQUEST, type Request, SampleMemory, STOP } from './sample-memory.js';

/** What the thread is started with. */
export interface WorkerData {
  readonly buffer: SharedArrayBuffer;
  readonly library: string;
}

const NAMES = new Map<number, Request>(
  Object.entries(REQUEST).map(([name, number]) => [number, name as Request]),
);

function serve({ buffer, library }: WorkerData): void {
  const koffi = findKoffi();
  if (koffi === undefined) throw new Error('koffi is not installed');
  const memory = new SampleMemory(buffer);
  const { control } = memory;
  const reader = new NvmlReader(koffi, library, memory);
  let served = 0;

  for (;;) {
    setBusy(control, 0);
    const wait = reader.hasMore ? 0 : Number.POSITIVE_INFINITY;
    const waited = Atomics.wait(control, CONTROL.requested, served, wait);
    // In this order, as the main thread does the opposite: one of both sees what the other has written.
    setBusy(control, 1);
    const stop = Atomics.load(control, CONTROL.stop);
    if (stop === STOP.toClose) reader.close();
    if (stop !== 0) break;
    if (waited === 'timed-out') reader.readMore();
    else {
      served = Atomics.load(control, CONTROL.requested);
      const request = NAMES.get(control[CONTROL.request] as number);
      if (request !== undefined) parentPort?.postMessage(reader.answer(request) satisfies Response);
    }
  }
  setBusy(control, 0);
}

function setBusy(control: Int32Array, value: 0 | 1): void {
  Atomics.store(control, CONTROL.busy, value);
  if (value === 0) Atomics.notify(control, CONTROL.busy);
}

serve(workerData as WorkerData);
