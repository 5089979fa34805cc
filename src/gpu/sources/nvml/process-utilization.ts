import { PROCESS_UTILIZATION } from '../../readings.js';
import type { Device } from './device.js';
import type { DeviceUtilization } from './device-utilization.js';
import type { Koffi } from './koffi.js';
import type { Nvml, NvmlFunction } from './library.js';
import { OutBuffer } from './out-buffer.js';
import type { NvmlQuery, QueryTarget } from './queries.js';
import { NOT_FOUND, returnCode, SUCCESS } from './return-codes.js';

/** How long values are used, ms. */
const CACHE_MS = 1000;
const INITIAL_CAPACITY = 128;
/** Entries in the largest buffer. A driver that asks for more returns nonsense. */
const MAX_CAPACITY = 16_384;
/** µs by which the driver's clock may be ahead of ours. */
const CLOCK_TOLERANCE_US = 60_000_000;
const MAX_PERCENT = 100;

/** Where a version of the function keeps its list, and words of an entry. */
interface Layout {
  readonly listWord: number;
  readonly entryWords: number;
  readonly pid: number;
  readonly timestamp: number;
  /** First of the words of SM, memory, encoder and decoder. */
  readonly values: number;
  /** Word of the number of entries. */
  readonly count: number;
}

/** `nvmlProcessesUtilizationInfo_v1_t` and `nvmlProcessUtilizationInfo_v1_t`. */
const HEADER_BYTES = 24;
const VERSION_1 = HEADER_BYTES | (1 << 24);
const WITH_HEADER: Layout = { count: 1, listWord: 6, entryWords: 10, timestamp: 0, pid: 2, values: 3 };
/** `nvmlProcessUtilizationSample_t`. */
const WITHOUT_HEADER: Layout = { count: 0, listWord: 2, entryWords: 8, pid: 0, timestamp: 2, values: 4 };

/**
 * Reads the utilization of the processes of GPUs: means since the previous update. The lists of drivers have entries of processes that
 * have ended, and entries that were never written, so that only entries of running processes with possible values count.
 */
export class ProcessUtilization {
  readonly #koffi: Koffi;
  #out: OutBuffer;
  #capacity = INITIAL_CAPACITY;
  readonly #query = utilizationQuery('processesUtilization', (nvml, target) =>
    this.#list(nvml, target, WITH_HEADER),
  );
  readonly #olderQuery = utilizationQuery('processUtilization', (nvml, target) =>
    this.#list(nvml, target, WITHOUT_HEADER),
  );

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#out = new OutBuffer(koffi, bytesFor(INITIAL_CAPACITY));
  }

  /**
   * Updates the utilization of a device's processes, at most once a second.
   *
   * @param now ms of `performance.now()`
   * @param pids the running processes
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  update(device: Device, nvml: Nvml, now: number, pids: ReadonlySet<number>): void {
    const { utilization } = device;
    if (now - utilization.updatedAt < CACHE_MS) return;
    utilization.updatedAt = now;
    if (device.query(this.#query, nvml, this.#out)) this.#take(utilization, WITH_HEADER, pids);
    else if (!device.supports(this.#query) && device.query(this.#olderQuery, nvml, this.#out))
      this.#take(utilization, WITHOUT_HEADER, pids);
    else utilization.byPid.clear();
  }

  #list(nvml: Nvml, { handle, utilization }: QueryTarget, layout: Layout): number {
    for (;;) {
      const { words, address } = this.#out;
      const list = address + layout.listWord * 4;
      words[layout.count] = this.#capacity;
      let code: number;
      if (layout === WITH_HEADER) {
        words[0] = VERSION_1;
        this.#out.setU64(2, utilization.lastSeenUs);
        this.#out.setHandle(4, list);
        code = nvml.processesUtilization(handle, address);
      } else code = nvml.processUtilization(handle, list, address, utilization.lastSeenUs);
      if (code === NOT_FOUND) {
        // No process has used the GPU since.
        words[layout.count] = 0;
        return SUCCESS;
      }
      if (code === SUCCESS || returnCode(code).outcome !== 'buffer_too_small') return code;
      const capacity = Math.max(2 * this.#capacity, words[layout.count] as number);
      if (capacity > MAX_CAPACITY) return code;
      this.#capacity = capacity;
      this.#out = new OutBuffer(this.#koffi, bytesFor(capacity));
    }
  }

  #take(utilization: DeviceUtilization, layout: Layout, pids: ReadonlySet<number>): void {
    const { words } = this.#out;
    const { byPid, hasBaseline } = utilization;
    for (const [pid, percentages] of byPid) {
      // A process that has no entry has not used the GPU. One that never had any may be known under another ID.
      if (pids.has(pid)) percentages.fill(0);
      else byPid.delete(pid);
    }
    const newest = new Map<number, number>();
    const since = utilization.lastSeenUs;
    const until = Date.now() * 1000 + CLOCK_TOLERANCE_US;
    const length = Math.min(words[layout.count] as number, this.#capacity);
    for (let i = 0; i < length; i++) {
      const entry = layout.listWord + i * layout.entryWords;
      const pid = words[entry + layout.pid] as number;
      const timestamp = this.#out.u64(entry + layout.timestamp);
      const values = words.subarray(
        entry + layout.values,
        entry + layout.values + PROCESS_UTILIZATION.length,
      );
      const isValid = pids.has(pid) && timestamp > since && timestamp <= until && values.every(isPercentage);
      if (!isValid || timestamp < (newest.get(pid) ?? 0)) continue;
      newest.set(pid, timestamp);
      utilization.lastSeenUs = Math.max(utilization.lastSeenUs, timestamp);
      // The first list is a mean over all that the driver remembers.
      if (hasBaseline) byPid.set(pid, Float64Array.from(values));
    }
    utilization.hasBaseline = true;
  }
}

const utilizationQuery = (
  fn: NvmlFunction,
  list: (nvml: Nvml, target: QueryTarget) => number,
): NvmlQuery => ({ fn, run: list });

const isPercentage = (value: number) => value <= MAX_PERCENT;

const bytesFor = (capacity: number) => HEADER_BYTES + capacity * 4 * WITH_HEADER.entryWords;
