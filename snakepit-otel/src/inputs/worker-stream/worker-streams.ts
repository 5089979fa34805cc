import type { WorkerInputOptions } from '../../configuration/inputs.js';
import type { Pipeline } from '../pipeline.js';
import { loadGrpc } from './grpc.js';
import { WorkerClient } from './worker-client.js';

/** The event streams of Python workers. */
export class WorkerStreams {
  #clients: WorkerClient[] = [];

  /** Starts to connect. @throws if `@grpc/grpc-js` is not installed */
  start(
    workers: readonly WorkerInputOptions[],
    pipeline: Pipeline,
    warn: (line: string, level?: 'info') => void,
  ): void {
    const grpc = loadGrpc();
    this.#clients = workers.map((worker) => new WorkerClient(worker, { grpc, pipeline, warn }));
    for (const client of this.#clients) client.connect();
  }

  /** Stops reading. What was read is still processed. */
  stopReading(): void {
    for (const client of this.#clients) client.stopReading();
  }

  /** Closes all connections. */
  close(): void {
    for (const client of this.#clients) client.close();
  }
}
