import { Worker } from 'node:worker_threads';
import { withTimeout } from '../../../common/with-timeout.js';
import { GpuSourceError } from '../../source.js';
import { unwatchExit, watchExit } from './exit-guard.js';
import type { Response } from './response.js';
import { CONTROL, REQUEST, type Request, SampleMemory, STOP } from './sample-memory.js';
import type { WorkerData } from './worker.js';
import { WORKER_FILE } from './worker-file.cjs';

/** How long closing may take, ms. */
const CLOSE_MS = 1000;

interface Waiting {
  readonly resolve: (answer: Response) => void;
  readonly reject: (error: Error) => void;
}

/** The thread that calls NVML, seen from the main thread. It does not keep the process alive. */
export class NvmlThread {
  readonly memory = new SampleMemory();
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #waiting: Waiting | undefined;
  #hasEnded = false;

  /** @param library path or name of the driver's library */
  constructor(library: string) {
    const workerData: WorkerData = { buffer: this.memory.buffer, library };
    // Nothing of how the host runs its own code: no modules that it loads ahead, no telemetry, no profiler.
    this.#worker = new Worker(WORKER_FILE, { workerData, execArgv: [], argv: [], env: {}, name: 'nvml' });
    const { control } = this.memory;
    watchExit(control);
    this.#worker.on('message', (answer: Response) => this.#settle()?.resolve(answer));
    this.#worker.on('error', (error) => this.#settle()?.reject(failed(error.message, error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#hasEnded = true;
        unwatchExit(control);
        this.#settle()?.reject(failed('the thread that reads NVML has ended'));
        resolve();
      });
    });
    // Last: to listen for messages holds the process again.
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** One at a time. Settles when the thread is done with it, however long the driver takes. @throws GpuSourceError */
  request(request: Request): Promise<Response> {
    const { control } = this.memory;
    const answer = new Promise<Response>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    control[CONTROL.request] = REQUEST[request];
    Atomics.add(control, CONTROL.requested, 1);
    Atomics.notify(control, CONTROL.requested);
    return answer;
  }

  pace(intervalMs: number | undefined): void {
    Atomics.store(this.memory.control, CONTROL.paceMs, intervalMs ?? 0);
  }

  /** Shuts NVML down. A thread that hangs in the driver is left behind after a second, and ends when it can. */
  async close(): Promise<void> {
    const { control } = this.memory;
    Atomics.store(control, CONTROL.stop, STOP.toClose);
    Atomics.add(control, CONTROL.requested, 1);
    Atomics.notify(control, CONTROL.requested);
    await withTimeout(CLOSE_MS, this.#ended, undefined);
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}

const failed = (message: string, cause?: Error) => new GpuSourceError('failed', message, { cause });
