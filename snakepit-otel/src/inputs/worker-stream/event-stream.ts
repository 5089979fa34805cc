import type { WorkerInputOptions } from '../../configuration/inputs.js';
import type { LineSource } from '../line-source.js';
import type { Pipeline } from '../pipeline.js';
import type { Producer } from '../producer.js';
import type { GrpcCall, GrpcStatus } from './grpc.js';
import { lineOfEvent } from './telemetry-event.js';

/** Events that are collected before they go to the queue. */
const MAX_COLLECTED = 64;
/** Characters of the address in the name of the producer, which has at most 64. */
const ADDRESS_LENGTH = 40;

interface Options {
  readonly worker: WorkerInputOptions;
  readonly pipeline: Pipeline;
  /** Called when the stream has ended, and all of its events are in the queue. */
  readonly onEnd: (status: GrpcStatus) => void;
}

/** The events of one call to a worker. Stops reading while the queue is full. */
export class EventStream implements LineSource {
  readonly input = 'workers';
  readonly isStream = true;
  readonly id: string;
  producer: string | undefined;
  recent: Producer | undefined;
  readonly #call: GrpcCall;
  readonly #options: Options;
  readonly #extra: Readonly<Record<string, string>>;
  #collected = '';
  #count = 0;
  #immediate: NodeJS.Immediate | undefined;
  #status: GrpcStatus | undefined;
  #isRead = false;

  constructor(call: GrpcCall, options: Options) {
    const { address, pool } = options.worker;
    this.#call = call;
    this.#options = options;
    this.id = this.producer = `worker:${address.slice(-ADDRESS_LENGTH)}:${Date.now()}`;
    this.#extra = { worker_id: address, ...(pool !== undefined && { pool_name: pool }) };
    call.on('data', (bytes: Buffer) => this.#receive(bytes));
    call.on('status', (status: GrpcStatus) => this.#end({ status }));
    call.on('end', () => this.#end({ isRead: true }));
    // The call has a status after an error.
    call.on('error', () => {});
  }

  settle(): void {}

  /** Stops reading. What was read is still processed. */
  stopReading(): void {
    this.#call.pause();
    this.#flush();
    this.#call.cancel();
  }

  #receive(bytes: Buffer): void {
    try {
      this.#collected += lineOfEvent(bytes, this.#extra);
    } catch {
      this.#options.pipeline.counts.refused(this.input, 'message_malformed');
      this.#options.pipeline.counts.changed();
      return;
    }
    if (++this.#count >= MAX_COLLECTED) this.#flush();
    else this.#immediate ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    if (this.#count === 0) return;
    const { pipeline } = this.#options;
    pipeline.add(this, { bytes: Buffer.from(this.#collected), count: this.#count });
    this.#collected = '';
    this.#count = 0;
    if (pipeline.awaitRoom(() => this.#call.resume())) this.#call.pause();
  }

  /** The status may come before the last events were read. */
  #end({ status = this.#status, isRead = this.#isRead }): void {
    this.#status = status;
    this.#isRead = isRead;
    if (status === undefined || !isRead) return;
    this.#flush();
    const { pipeline, onEnd } = this.#options;
    // The next stream is another producer.
    pipeline.addEnd(this, () => pipeline.producers.detach(this, 0));
    onEnd(status);
  }
}
