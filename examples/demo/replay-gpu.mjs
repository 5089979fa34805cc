import { readFile } from 'node:fs/promises';
import { parseNvidiaSmiCsv } from 'opentelemetry-instrumentation-snakepit';

/**
 * A GPU source for hosts without a GPU: a REPLAY of what `nvidia-smi --query-gpu=… --format=csv -l 5` printed on a real
 * one, sample after sample and then from the start again. Nothing here is measured on this host.
 *
 * The recording beside this file was made on a GPU of Aalborg University's AI Cloud on 12 November 2020, published
 * in its user documentation ("Inspecting your utilization"). It has memory and utilization, but neither temperature
 * nor power, so those stay absent.
 */
export class ReplayGpuSource {
  name = 'replay';
  #samples;
  #next = 0;

  /** @param {string[]} samples the CSV text of each sample, header included */
  constructor(samples) {
    this.#samples = samples;
  }

  /** Reads a recording: a header, then rows; a sample ends where an index comes again. */
  static async open(path = new URL('./nvidia-smi-recording.csv', import.meta.url)) {
    const [header, ...rows] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
    const indexColumn = header.split(', ').indexOf('index');
    const samples = [];
    let seen = new Set();
    for (const row of rows) {
      const index = row.split(', ')[indexColumn];
      if (samples.length === 0 || seen.has(index)) {
        samples.push(header);
        seen = new Set();
      }
      seen.add(index);
      samples.push(`${samples.pop()}\n${row}`);
    }
    return new ReplayGpuSource(samples);
  }

  async sample() {
    const text = this.#samples[this.#next % this.#samples.length];
    this.#next += 1;
    return parseNvidiaSmiCsv(text);
  }

  async close() {}
}
