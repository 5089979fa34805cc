import { GpuSourceError } from '../../source.js';
import { type Batch, BatchAssembler } from './batches.js';
import type { NvidiaSmiQuery } from './query.js';
import { NvidiaSmiStream } from './stream.js';

/** Time for which the first batch is awaited, ms: nvidia-smi may have to wake up every GPU, one after another. */
const START_MS = 60_000;
/** How much later than planned a batch may arrive before the driver is considered hung, ms. */
const GRACE_MS = 2000;

interface PendingBatch {
  resolve(batch: Batch): void;
  reject(error: GpuSourceError): void;
}

/** The readings of a looping nvidia-smi. Each batch is returned once; only the latest one is kept. */
export class DeviceStream {
  readonly #stream: NvidiaSmiStream;
  readonly #query: NvidiaSmiQuery;
  readonly #loopMs: number;
  readonly #assembler: BatchAssembler;
  #latest: Batch | undefined;
  #lastAt: number | undefined;
  #startedAt = -Infinity;
  #lastLineAt = -Infinity;
  /** Lines of a message after a batch: they are part of the next one. */
  #message: readonly string[] = [];
  #pending: PendingBatch | undefined;

  /** @param loopMs time that nvidia-smi waits between two batches, ms */
  constructor(executable: string, query: NvidiaSmiQuery, loopMs: number) {
    const args = () => [
      `--query-gpu=${query.columns.join(',')}`,
      '--format=csv,noheader,nounits',
      `--loop-ms=${loopMs}`,
    ];
    this.#query = query;
    this.#loopMs = loopMs;
    this.#assembler = new BatchAssembler(
      () => query.columns,
      (batch) => this.#receive(batch),
    );
    this.#stream = new NvidiaSmiStream(executable, args, {
      onLine: (line) => {
        this.#lastLineAt = performance.now();
        return this.#assembler.push(line);
      },
      onExit: (failure) => this.#handleExit(failure),
    });
  }

  /** Returns the latest batch, unless it was taken before or the next one is overdue, as when the driver hangs. */
  take(): Batch | undefined {
    const batch = this.#latest;
    this.#latest = undefined;
    const isOutdated = batch !== undefined && performance.now() - batch.at > this.#loopMs + GRACE_MS;
    return isOutdated ? undefined : batch;
  }

  /** Returns the time until the next batch is due, ms. Zero or negative if it is due. */
  dueInMs(): number {
    return this.#lastAt === undefined ? 0 : this.#lastAt + this.#loopMs - performance.now();
  }

  /**
   * Waits for the next batch. If the signal is aborted first, the promise rejects. If nothing was printed meanwhile, the driver is
   * considered hung, unless the process was started less than a minute ago: the process is killed, and the promise rejects when it has
   * ended.
   *
   * @throws GpuSourceError if the process exits, or if it is in the pause after an exit
   */
  async next(signal: AbortSignal): Promise<Batch> {
    if (this.#stream.start()) this.#startedAt = performance.now();
    const waitsSince = performance.now();
    const batch = new Promise<Batch>((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    const interrupt = () => {
      const isStarting = this.#lastLineAt < this.#startedAt && performance.now() - this.#startedAt < START_MS;
      if (isStarting || this.#lastLineAt > waitsSince) {
        this.#pending?.reject(new GpuSourceError('timeout', 'nvidia-smi has not printed all GPUs yet'));
        return;
      }
      const failure = new GpuSourceError('timeout', 'no readings within the time limit');
      this.#assembler.reset();
      void this.#stream.interrupt(failure).then(() => this.#pending?.reject(failure));
    };
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await batch;
    } finally {
      this.#latest = undefined;
      signal.removeEventListener('abort', interrupt);
      this.#pending = undefined;
    }
  }

  /** True while the process runs. */
  get isRunning(): boolean {
    return this.#stream.isRunning;
  }

  async stop(): Promise<void> {
    this.#assembler.reset();
    await this.#stream.stop();
    this.#pending?.reject(new GpuSourceError('failed', 'stopped'));
  }

  #receive(batch: Batch): void {
    // A message right after a batch, such as a warning, is no batch of its own.
    if (batch.rows === 0 && batch.at - (this.#lastAt ?? -Infinity) < this.#loopMs / 2) {
      this.#message = batch.lines;
      return;
    }
    this.#latest = { ...batch, lines: [...this.#message, ...batch.lines] };
    this.#message = [];
    this.#lastAt = batch.at;
    this.#pending?.resolve(this.#latest);
  }

  #handleExit(failure: GpuSourceError): boolean {
    this.#assembler.reset();
    this.#lastAt = undefined;
    if (this.#query.dropRejectedColumns(failure.message)) return true;
    this.#pending?.reject(failure);
    return false;
  }
}
