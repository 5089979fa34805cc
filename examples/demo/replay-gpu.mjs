import { readFile } from 'node:fs/promises';
import { parseNvidiaSmiCsv } from 'opentelemetry-instrumentation-snakepit';

/**
 * What `nvidia-smi --query-gpu=… --format=csv` printed on real GPUs, one file for each, as published:
 * a GPU of Aalborg University's AI Cloud on 12 November 2020 (user documentation, "Inspecting your utilization"), a
 * GeForce GTX 1080 Ti (aristocratos/bpytop#26) and a GeForce RTX 2080 Ti (Quake4/MindMiner#627). What a recording lacks,
 * such as the first one's temperature, stays absent.
 */
const RECORDINGS = ['datacenter-2020.csv', 'gtx-1080ti-2020.csv', 'rtx-2080ti-442.19.csv'];

/** The last device is away for these samples, as if it had fallen off the bus. */
const AWAY = { from: 6, to: 9 };

/** A GPU source for hosts without a GPU: a REPLAY of recordings, over and over. Nothing here is measured on this host. */
export class ReplayGpuSource {
  name = 'replay';
  #recordings;
  #taken = 0;

  /** @param {string[][]} recordings for each device, the CSV text of each of its samples, header included */
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
    const now = this.#taken++;
    const away = now >= AWAY.from && now < AWAY.to;
    const present = away ? this.#recordings.slice(0, -1) : this.#recordings;
    const samples = present.map((samples, index) => {
      const { readings, faults } = parseNvidiaSmiCsv(samples[now % samples.length]);
      return { readings: readings.map((reading) => ({ ...reading, device: `cuda:${index}` })), faults };
    });
    return {
      readings: samples.flatMap(({ readings }) => readings),
      faults: samples.flatMap(({ faults }) => faults),
    };
  }

  async close() {}
}
