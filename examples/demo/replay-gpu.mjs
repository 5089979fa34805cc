import { readFile } from 'node:fs/promises';
import { parseNvidiaSmiCsv } from 'opentelemetry-instrumentation-snakepit';

/**
 * Output of `nvidia-smi --query-gpu=… --format=csv` on real GPUs, one file each, as published: a GPU of Aalborg University's
 * AI Cloud on 12 November 2020 (user documentation, "Inspecting your utilization"), a GeForce GTX 1080 Ti
 * (aristocratos/bpytop#26) and a GeForce RTX 2080 Ti (Quake4/MindMiner#627). Values that a recording lacks stay absent, such
 * as the temperature of the first and the memory of the last.
 */
const RECORDINGS = ['datacenter-2020.csv', 'gtx-1080ti-2020.csv', 'rtx-2080ti-442.19.csv'];

/** Samples in which the last device is missing, as if it had fallen off the bus. */
const LOST = { from: 6, to: 9 };

/** A GPU source for hosts without a GPU: REPLAYS recordings in a loop. Its readings are not of this host. */
export class ReplayGpuSource {
  name = 'replay';
  #recordings;
  #sampled = 0;

  /** @param {string[][]} recordings CSV text of each sample, header included, by device */
  constructor(recordings) {
    this.#recordings = recordings;
  }

  static async open() {
    const read = async (name) => {
      const text = await readFile(new URL(`./recordings/${name}`, import.meta.url), 'utf8');
      const [header, ...rows] = text.split(/\r?\n/).filter((line) => line !== '');
      return rows.map((row) => `${header}\n${row}`);
    };
    return new ReplayGpuSource(await Promise.all(RECORDINGS.map(read)));
  }

  async sample() {
    const number = this.#sampled++;
    const lost = number >= LOST.from && number < LOST.to;
    const present = lost ? this.#recordings.slice(0, -1) : this.#recordings;
    const samples = present.map((rows, index) => {
      const { readings, faults } = parseNvidiaSmiCsv(rows[number % rows.length]);
      const device = `cuda:${index}`;
      return { readings: readings.map((reading) => ({ ...addFreeMemory(reading), device, index })), faults };
    });
    return {
      readings: samples.flatMap(({ readings }) => readings),
      faults: samples.flatMap(({ faults }) => faults),
    };
  }

  async close() {}
}

/**
 * Adds the free memory that a recording left out. Drivers of that time count reserved memory as used: the other recording's
 * total, used and free add up.
 */
function addFreeMemory(reading) {
  const { memoryTotalMib: total, memoryUsedMib: used, memoryFreeMib: free } = reading;
  return total === undefined || used === undefined || free !== undefined
    ? reading
    : { ...reading, memoryFreeMib: total - used };
}
