import { MAX_PROCESSES, PROCESS_UTILIZATION } from '../../readings.js';
import type { Device } from './device.js';
import type { CFunction, Koffi } from './koffi.js';
import type { Nvml } from './library.js';
import { OutBuffer } from './out-buffer.js';
import type { ProcessNames } from './process-names.js';
import { ProcessUtilization } from './process-utilization.js';
import type { NvmlQuery } from './queries.js';
import { returnCode, SUCCESS } from './return-codes.js';
import { FIELD_OFFSET, PROCESS_LENGTH, PROCESS_OFFSET, PROCESSES_OFFSET } from './sample-memory.js';

const INITIAL_CAPACITY = 64;
/** Entries in the largest buffer. A driver that asks for more returns nonsense. */
const MAX_CAPACITY = 65_536;
/** Words of an `nvmlProcessInfo_v2_t`. */
const ENTRY_WORDS = 6;
/** Word at which the list starts: after its length, aligned to 8 bytes. */
const LIST_WORD = 2;

/** The list of processes that share the GPU through NVIDIA's Multi-Process Service. */
const MPS = 'mpsProcesses';

/** Reads the processes that hold memory of a device, the largest first, and their utilization. */
export class Processes {
  readonly #koffi: Koffi;
  readonly #names: ProcessNames;
  readonly #utilization: ProcessUtilization;
  readonly #queries: readonly NvmlQuery[] = [
    { fn: 'computeProcesses', run: (nvml, { handle }) => this.#list(nvml.computeProcesses, handle) },
    { fn: 'graphicsProcesses', run: (nvml, { handle }) => this.#list(nvml.graphicsProcesses, handle) },
    { fn: MPS, run: (nvml, { handle }) => this.#list(nvml.mpsProcesses, handle) },
  ];
  #out: OutBuffer;
  #capacity = INITIAL_CAPACITY;
  /** Number of processes merged so far. */
  #count = 0;
  readonly #pids: number[] = [];
  readonly #running = new Set<number>();
  readonly #bytes: number[] = [];

  constructor(koffi: Koffi, names: ProcessNames) {
    this.#koffi = koffi;
    this.#names = names;
    this.#utilization = new ProcessUtilization(koffi);
    this.#out = new OutBuffer(koffi, bytesFor(INITIAL_CAPACITY));
  }

  /**
   * Reads the processes of a device into its record.
   *
   * @param now ms of `performance.now()`
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  read(device: Device, nvml: Nvml, record: Float64Array, offset: number, now: number): void {
    this.#count = 0;
    let isSupported = false;
    for (const query of this.#queries) {
      if (!device.query(query, nvml, this.#out)) continue;
      isSupported = true;
      const length = this.#merge();
      if (query.fn === MPS) record[offset + FIELD_OFFSET.mpsClients] = length;
    }
    if (!isSupported) return;
    this.#updateUtilization(device, nvml, now);
    this.#store(device, record, offset);
  }

  #updateUtilization(device: Device, nvml: Nvml, now: number): void {
    // NVIDIA documents it for whole GPUs only.
    if (device.isMigDevice) return;
    this.#running.clear();
    for (let i = 0; i < this.#count; i++) this.#running.add(this.#pids[i] as number);
    this.#utilization.update(device, nvml, now, this.#running);
  }

  #list(list: CFunction, handle: number | bigint): number {
    for (;;) {
      this.#out.words[0] = this.#capacity;
      const code = list(handle, this.#out.address, this.#out.address + LIST_WORD * 4);
      if (code === SUCCESS || returnCode(code).outcome !== 'buffer_too_small') return code;
      // With spare room for processes that start before the next call.
      const capacity = Math.max(2 * this.#capacity, (this.#out.words[0] as number) + INITIAL_CAPACITY);
      if (capacity > MAX_CAPACITY) return code;
      this.#capacity = capacity;
      this.#out = new OutBuffer(this.#koffi, bytesFor(capacity));
    }
  }

  /** Merges a list and returns its length. A process may be in several lists, each time with all of its memory. */
  #merge(): number {
    const length = Math.min(this.#out.words[0] as number, this.#capacity);
    for (let i = 0; i < length; i++) {
      const word = LIST_WORD + i * ENTRY_WORDS;
      const pid = this.#out.words[word] as number;
      // In a container, some drivers list a process with 0 bytes, since they do not know its memory.
      const bytes = this.#out.u64OrNaN(word + 2) || Number.NaN;
      let index = 0;
      while (index < this.#count && this.#pids[index] !== pid) index++;
      if (index === this.#count) this.#bytes[this.#count++] = Number.NaN;
      this.#pids[index] = pid;
      if (!(bytes <= (this.#bytes[index] as number)) && !Number.isNaN(bytes)) this.#bytes[index] = bytes;
    }
    return length;
  }

  #store({ utilization }: Device, record: Float64Array, offset: number): void {
    const stored = Math.min(this.#count, MAX_PROCESSES);
    record[offset + FIELD_OFFSET.processCount] = stored;
    for (let i = 0; i < stored; i++) {
      this.#moveLargestTo(i);
      const pid = this.#pids[i] as number;
      const entry = offset + PROCESSES_OFFSET + PROCESS_LENGTH * i;
      record[entry + PROCESS_OFFSET.pid] = pid;
      record[entry + PROCESS_OFFSET.bytes] = this.#bytes[i] as number;
      const percentages = utilization.byPid.get(pid);
      for (let at = 0; at < PROCESS_UTILIZATION.length; at++) {
        record[entry + PROCESS_OFFSET.utilization + at] = percentages?.[at] ?? Number.NaN;
      }
      this.#names.add(pid);
    }
  }

  #moveLargestTo(index: number): void {
    let largest = index;
    for (let i = index + 1; i < this.#count; i++) {
      if (sortKey(this.#bytes[i]) > sortKey(this.#bytes[largest])) largest = i;
    }
    swap(this.#bytes, index, largest);
    swap(this.#pids, index, largest);
  }
}

const bytesFor = (capacity: number) => 4 * (LIST_WORD + ENTRY_WORDS * capacity);

/** Sorts unknown sizes last. */
const sortKey = (bytes: number | undefined) => (Number.isNaN(bytes) ? -1 : (bytes as number));

function swap(list: number[], one: number, other: number): void {
  const moved = list[one] as number;
  list[one] = list[other] as number;
  list[other] = moved;
}
