import { Worker } from 'node:worker_threads';
import { createOwnWorker } from '../../../common/own-workers.js';
import { withTimeout } from '../../../common/with-timeout.js';
import { GpuSourceError } from '../../source.js';
import { guardExit, unguardExit } from './exit-guard.js';
import { koffiPath } from './koffi.js';
import type { Response } from './response.js';
import { CONTROL, REQUEST, type Request, SampleMemory, STOP } from './sample-memory.js';
import type { WorkerData } from './worker.js';
import { WORKER_SOURCE } from './worker-source.js';

/** Time limit of `close()`, ms. */
const CLOSE_MS = 1000;

interface PendingRequest {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread that calls NVML and sends requests to it. The thread does not keep the process alive. */
export class NvmlThread {
  readonly memory = new SampleMemory();
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #pending: PendingRequest | undefined;
  #hasEnded = false;

  /**
   * @param library path or name of the driver's library
   * @throws if koffi is not installed
   */
  constructor(library: string) {
    const workerData: WorkerData = { buffer: this.memory.buffer, library, koffi: koffiPath() };
    // Without the host's options, preloaded modules and environment: its telemetry and profilers stay out of the thread.
    const options = { workerData, execArgv: [], argv: [], env: {}, name: 'nvml' };
    this.#worker = createOwnWorker(() => new Worker(WORKER_SOURCE, { ...options, eval: true }));
    const { control } = this.memory;
    guardExit(control);
    this.#worker.on('message', (response: Response) => this.#takePending()?.resolve(response));
    this.#worker.on('error', (error) => this.#takePending()?.reject(failed(error.message, error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#hasEnded = true;
        unguardExit(control);
        this.#takePending()?.reject(failed('the NVML thread has exited'));
        resolve();
      });
    });
    // After the listeners: adding one for messages refs the worker again.
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Sends a request. There must be no other request pending. Settles when the thread has handled it, however long the
   * driver takes.
   *
   * @throws GpuSourceError if the thread exits
   */
  request(request: Request): Promise<Response> {
    const { control } = this.memory;
    const response = new Promise<Response>((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    control[CONTROL.request] = REQUEST[request];
    this.#wake();
    return response;
  }

  /** @param intervalMs time between samples, ms; `undefined` if samples are taken on demand only */
  setSamplingInterval(intervalMs: number | undefined): void {
    Atomics.store(this.memory.control, CONTROL.samplingIntervalMs, intervalMs ?? 0);
  }

  /** Shuts NVML down. Settles after a second at most: a thread that hangs in the driver ends later, when it can. */
  async close(): Promise<void> {
    Atomics.store(this.memory.control, CONTROL.stop, STOP.close);
    this.#wake();
    await withTimeout(CLOSE_MS, this.#ended, undefined);
  }

  #wake(): void {
    const { control } = this.memory;
    Atomics.add(control, CONTROL.requestCount, 1);
    Atomics.notify(control, CONTROL.requestCount);
  }

  #takePending(): PendingRequest | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}

const failed = (message: string, cause?: Error) => new GpuSourceError('failed', message, { cause });
