import type { Readable } from 'node:stream';
import { LineBuffer } from './line-buffer.js';
import type { LineSource } from './line-source.js';
import type { Pipeline } from './pipeline.js';
import type { Producer } from './producer.js';

/** Lines of the standard input. Keeps no process alive. */
export class StdinReader implements LineSource {
  readonly input = 'stdin';
  readonly id = 'stdin';
  readonly isStream = true;
  producer: string | undefined;
  recent: Producer | undefined;
  readonly #stream: Readable;
  readonly #pipeline: Pipeline;
  readonly #lines = new LineBuffer(() => {
    this.#pipeline.counts.refused('stdin', 'line_too_long');
    this.#pipeline.counts.changed();
  });
  #isStopped = false;

  constructor(stream: Readable & { unref?(): unknown }, pipeline: Pipeline) {
    this.#stream = stream;
    this.#pipeline = pipeline;
    stream.on('data', this.#read);
    stream.on('end', this.#end);
    stream.on('error', this.#end);
    stream.unref?.();
  }

  settle(): void {}

  /** Stops reading. What was read is still processed. */
  stopReading(): void {
    this.#isStopped = true;
    this.#stream.pause();
    this.#stream.off('data', this.#read).off('end', this.#end).off('error', this.#end);
  }

  readonly #read = (chunk: Buffer | string): void => {
    const lines = this.#lines.push(Buffer.from(chunk as string));
    if (lines === undefined) return;
    this.#pipeline.add(this, lines);
    const isWaiting = this.#pipeline.awaitRoom(() => {
      if (!this.#isStopped) this.#stream.resume();
    });
    if (isWaiting) this.#stream.pause();
  };

  readonly #end = (): void => {
    this.stopReading();
    const rest = this.#lines.takeRest();
    if (rest !== undefined) this.#pipeline.add(this, rest);
    // There is no way back for its producers.
    this.#pipeline.addEnd(this, () => this.#pipeline.producers.detach(this, 0));
  };
}
