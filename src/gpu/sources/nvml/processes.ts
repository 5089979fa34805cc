import { MAX_PROCESSES } from '../../readings.js';
import type { Device } from './device.js';
import type { CFunction, Koffi } from './koffi.js';
import type { Nvml } from './library.js';
import { OutBuffer } from './out-buffer.js';
import type { ProcessNames } from './process-names.js';
import type { NvmlQuery } from './queries.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { FIELD_OFFSET, PROCESSES_AT } from './sample-memory.js';

const FIRST_CAPACITY = 64;
/** What no host has; a list that claims to be longer is not believed. */
const MAX_CAPACITY = 65_536;
const ENTRY_WORDS = 6;
/** The list begins behind its length, aligned. */
const LIST_AT = 2;

/** Reads who holds memory of a device, largest first. */
export class Processes {
  readonly #koffi: Koffi;
  readonly #names: ProcessNames;
  readonly #questions: readonly NvmlQuery[] = [
    { fn: 'computeProcesses', ask: (nvml, { handle }) => this.#list(nvml.computeProcesses, handle) },
    { fn: 'graphicsProcesses', ask: (nvml, { handle }) => this.#list(nvml.graphicsProcesses, handle) },
  ];
  #out: OutBuffer;
  #capacity = FIRST_CAPACITY;
  #count = 0;
  /** Of the processes listed so far. */
  readonly #pids: number[] = [];
  readonly #bytes: number[] = [];

  constructor(koffi: Koffi, names: ProcessNames) {
    this.#koffi = koffi;
    this.#names = names;
    this.#out = new OutBuffer(koffi, bytesFor(FIRST_CAPACITY));
  }

  /** @throws DeviceGone, DriverLost */
  read(device: Device, nvml: Nvml, record: Float64Array, at: number): void {
    this.#count = 0;
    let known = false;
    for (const question of this.#questions) {
      if (!device.ask(question, nvml, this.#out)) continue;
      known = true;
      this.#merge();
    }
    if (known) this.#keep(record, at);
  }

  #list(list: CFunction, handle: number | bigint): number {
    for (;;) {
      this.#out.words[0] = this.#capacity;
      const code = list(handle, this.#out.address, this.#out.address + LIST_AT * 4);
      if (code === SUCCESS || returnCode(code).meaning !== 'too_small') return code;
      // Some more, for those that start until the next call.
      const capacity = Math.max(2 * this.#capacity, (this.#out.words[0] as number) + FIRST_CAPACITY);
      if (capacity > MAX_CAPACITY) return code;
      this.#capacity = capacity;
      this.#out = new OutBuffer(this.#koffi, bytesFor(capacity));
    }
  }

  /** A process that computes and draws is listed twice, each time with all of its memory. */
  #merge(): void {
    const length = Math.min(this.#out.words[0] as number, this.#capacity);
    for (let i = 0; i < length; i++) {
      const word = LIST_AT + i * ENTRY_WORDS;
      const pid = this.#out.words[word] as number;
      // In containers some drivers know a process, but not its memory, and say 0.
      const bytes = this.#out.u64OrNaN(word + 2) || Number.NaN;
      let place = 0;
      while (place < this.#count && this.#pids[place] !== pid) place++;
      if (place === this.#count) this.#bytes[this.#count++] = Number.NaN;
      this.#pids[place] = pid;
      if (!(bytes <= (this.#bytes[place] as number)) && !Number.isNaN(bytes)) this.#bytes[place] = bytes;
    }
  }

  #keep(record: Float64Array, at: number): void {
    const kept = Math.min(this.#count, MAX_PROCESSES);
    record[at + FIELD_OFFSET.processCount] = kept;
    for (let i = 0; i < kept; i++) {
      this.#bringLargestTo(i);
      const pid = this.#pids[i] as number;
      record[at + PROCESSES_AT + 2 * i] = pid;
      record[at + PROCESSES_AT + 2 * i + 1] = this.#bytes[i] as number;
      this.#names.need(pid);
    }
  }

  #bringLargestTo(place: number): void {
    let largest = place;
    for (let i = place + 1; i < this.#count; i++) {
      if (size(this.#bytes[i]) > size(this.#bytes[largest])) largest = i;
    }
    swap(this.#bytes, place, largest);
    swap(this.#pids, place, largest);
  }
}

const bytesFor = (capacity: number) => 4 * (LIST_AT + ENTRY_WORDS * capacity);

/** What is not known comes last. */
const size = (bytes: number | undefined) => (Number.isNaN(bytes) ? -1 : (bytes as number));

function swap(list: number[], one: number, other: number): void {
  const held = list[one] as number;
  list[one] = list[other] as number;
  list[other] = held;
}
