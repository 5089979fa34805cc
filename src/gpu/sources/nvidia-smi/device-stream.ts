import { GpuSourceError } from '../../source.js';
import { type Batch, BatchAssembler } from './batches.js';
import type { NvidiaSmiQuery } from './query.js';
import { NvidiaSmiStream } from './stream.js';

/** A round that takes this long is late, ms. */
const LATE_MS = 2000;

interface Waiting {
  resolve(block: Batch): void;
  reject(error: GpuSourceError): void;
}

/** The readings of a looping nvidia-smi: of each round once, and of several rounds the newest. */
export class DeviceStream {
  readonly #stream: NvidiaSmiStream;
  readonly #query: NvidiaSmiQuery;
  readonly #loopMs: number;
  readonly #blocks: BatchAssembler;
  #newest: Batch | undefined;
  #lastAt: number | undefined;
  #waiting: Waiting | undefined;

  constructor(executable: string, query: NvidiaSmiQuery, loopMs: number) {
    const args = () => [
      `--query-gpu=${query.columns.join(',')}`,
      '--format=csv,noheader,nounits',
      `--loop-ms=${loopMs}`,
    ];
    this.#query = query;
    this.#loopMs = loopMs;
    this.#blocks = new BatchAssembler(
      () => query.columns,
      (block) => this.#arrive(block),
    );
    this.#stream = new NvidiaSmiStream(executable, args, {
      line: (line) => this.#blocks.push(line),
      ended: (failure) => this.#end(failure),
    });
  }

  /** The newest round that was not taken yet, unless the one after it is late, as when a driver hangs. */
  take(): Batch | undefined {
    const block = this.#newest;
    this.#newest = undefined;
    const isLast = block !== undefined && performance.now() - block.at > this.#loopMs + LATE_MS;
    return isLast ? undefined : block;
  }

  /** When the next round is to come, ms from now; at or below 0 where it is due. */
  dueInMs(): number {
    return this.#lastAt === undefined ? 0 : this.#lastAt + this.#loopMs - performance.now();
  }

  /**
   * Waits for the next round. One that does not come before the signal is aborted is taken for a driver that hangs:
   * the process is killed, and waited for.
   *
   * @throws GpuSourceError when the process ends before, or has ended a short while ago
   */
  async next(signal: AbortSignal): Promise<Batch> {
    this.#stream.start();
    const block = new Promise<Batch>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const hung = () => {
      const failure = new GpuSourceError('timeout', 'no readings in time');
      this.#blocks.reset();
      void this.#stream.interrupt(failure).then(() => this.#waiting?.reject(failure));
    };
    signal.addEventListener('abort', hung, { once: true });
    try {
      return await block;
    } finally {
      this.#newest = undefined;
      signal.removeEventListener('abort', hung);
      this.#waiting = undefined;
    }
  }

  async stop(): Promise<void> {
    this.#blocks.reset();
    await this.#stream.stop();
    this.#waiting?.reject(new GpuSourceError('failed', 'stopped'));
  }

  #arrive(block: Batch): void {
    // Words right after a round belong to it and say nothing of the next one.
    if (block.rows === 0 && block.at - (this.#lastAt ?? -Infinity) < this.#loopMs / 2) return;
    this.#newest = block;
    this.#lastAt = block.at;
    this.#waiting?.resolve(block);
  }

  #end(failure: GpuSourceError): boolean {
    this.#blocks.reset();
    this.#lastAt = undefined;
    if (this.#query.dropRejectedColumns(failure.message)) return true;
    this.#waiting?.reject(failure);
    return false;
  }
}
