import { ClockReports } from './clock-reports.js';
import { Counts } from './counts.js';
import { QUEUE_BYTES, QUEUE_LINES } from './limits.js';
import { LineBatch } from './line-batch.js';
import { LineProcessor } from './line-processor.js';
import type { LineSource } from './line-source.js';
import { ProducerTable } from './producer-table.js';

/** Time that lines are processed before the event loop goes on, ms. */
const SLICE_MS = 2;
/** Lines between readings of the clock. */
const LINES_PER_CHECK = 8;
/** Bytes that sockets may read between two slices. */
const READ_BYTES = 1024 * 1024;

/** Queue of lines of all inputs, which are processed in slices of a few milliseconds. Keeps no process alive. */
export class Pipeline {
  readonly counts: Counts = new Counts(
    () => ({ size: this.#lines, lag: this.#lagMs / 1000 }),
    () => this.#clocks.publish(),
  );
  readonly producers = new ProducerTable(this.counts);
  readonly #clocks = new ClockReports();
  readonly #processor = new LineProcessor(this.counts, this.producers, this.#clocks);
  #batches: (LineBatch | undefined)[] = [];
  /** Index of the first batch. */
  #first = 0;
  #lines = 0;
  #bytes = 0;
  #reserved = 0;
  #readBytes = 0;
  #lagMs = 0;
  #waiting: (() => void)[] = [];
  #drained: (() => void)[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;

  /** Adds lines. @param done called when all of them were processed */
  add(
    source: LineSource,
    lines: { readonly bytes: Buffer; readonly count: number },
    done?: () => void,
  ): void {
    const batch = new LineBatch(source, lines.bytes, lines.count, done);
    this.#batches.push(batch);
    this.#lines += lines.count;
    this.#bytes += batch.size;
    this.#readBytes += batch.size;
    this.#schedule();
  }

  /** Calls `done` when all lines that were added before were processed. */
  addEnd(source: LineSource, done: () => void): void {
    this.add(source, { bytes: Buffer.alloc(0), count: 0 }, done);
  }

  /** Calls `resume` when there is room in the queue. Returns false if there is room now. */
  awaitRoom(resume: () => void): boolean {
    if (this.#hasRoom && this.#readBytes < READ_BYTES) return false;
    this.#waiting.push(resume);
    return true;
  }

  /** Returns true if the queue takes that many lines. */
  hasRoomFor(lines: number): boolean {
    return !this.#isPaused && this.#lines + lines <= QUEUE_LINES;
  }

  /** Reserves memory for a body that is being received. Returns false if there is none. Leaves what other inputs need to go on. */
  reserve(bytes: number): boolean {
    if (this.#used + bytes > QUEUE_BYTES - READ_BYTES) return false;
    this.#reserved += bytes;
    return true;
  }

  /** Releases reserved memory. */
  release(bytes: number): void {
    this.#reserved -= bytes;
  }

  /** Takes nothing until `resume()`, as if the queue was full. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Takes lines again. */
  resume(): void {
    this.#isPaused = false;
    this.#resumeWaiting();
  }

  /** Resolves when the queue is empty. */
  drained(): Promise<void> {
    if (this.#isEmpty) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Stops timers, and publishes the last counts. */
  stop(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.producers.stop();
    this.counts.publish();
  }

  get #isEmpty(): boolean {
    return this.#first >= this.#batches.length;
  }

  get #hasRoom(): boolean {
    return !this.#isPaused && this.#lines < QUEUE_LINES && this.#used < QUEUE_BYTES;
  }

  get #used(): number {
    return this.#bytes + this.#reserved;
  }

  #schedule(): void {
    if (this.#immediate !== undefined) return;
    const run = () => this.#runSlice();
    this.#immediate = setImmediate(run).unref();
    // Without anything to read, the event loop would wait before it comes to an immediate that does not keep the process alive.
    this.#timer = setTimeout(run, 1).unref();
  }

  #runSlice(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#readBytes = 0;
    const end = performance.now() + SLICE_MS;
    while (!this.#isEmpty && performance.now() < end)
      this.#processSome(this.#batches[this.#first] as LineBatch);
    this.counts.changed();
    if (this.#isEmpty) {
      for (const resolve of this.#drained.splice(0)) resolve();
    } else this.#schedule();
    this.#resumeWaiting();
  }

  #resumeWaiting(): void {
    if (!this.#hasRoom) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #processSome(batch: LineBatch): void {
    if (batch.lineNumber === 0) {
      batch.source.recent = undefined;
      this.#lagMs = Math.max(0, Date.now() - batch.arrivedMs);
    }
    for (let i = 0; i < LINES_PER_CHECK; i++) {
      const line = batch.read();
      if (line === undefined) {
        this.#finish(batch);
        return;
      }
      this.#lines--;
      this.#processor.process(line, batch.source, batch.lineNumber, batch.arrivedMs);
    }
  }

  #finish(batch: LineBatch): void {
    this.#bytes -= batch.size;
    this.#batches[this.#first++] = undefined;
    if (this.#isEmpty) {
      this.#batches = [];
      this.#first = 0;
    } else if (this.#first >= 1024) {
      this.#batches = this.#batches.slice(this.#first);
      this.#first = 0;
    }
    const { recent } = batch.source;
    if (recent !== undefined) this.#clocks.check(recent);
    batch.done?.();
  }
}
