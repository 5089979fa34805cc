import type { GpuIdentity } from '../../identity.js';
import type { GpuFault } from '../../source.js';
import { DeviceUtilization } from './device-utilization.js';
import { DeviceUnavailableError, DriverLostError } from './errors.js';
import type { FaultLog } from './fault-log.js';
import { FieldValues } from './fields.js';
import { GpmValues } from './gpm-values.js';
import { type Nvml, type NvmlFunction, nvmlName } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { type NvmlQuery, QUERIES, type QueryTarget, type RecordQuery } from './queries.js';
import { NO_DATA, NOT_READY, returnCode, SUCCESS, TIMEOUT } from './return-codes.js';
import { PROCESSES_OFFSET } from './sample-memory.js';

/** How long cached values are used, ms. */
const CACHE_MS = 1000;

/** The queries that a device supports. A full sample is `cached` and `uncached`. */
interface Plans {
  readonly cached: readonly RecordQuery[];
  readonly uncached: readonly RecordQuery[];
  readonly fast: readonly RecordQuery[];
}

type SelectPlan = (plans: Plans) => readonly RecordQuery[];
const cachedPlan: SelectPlan = ({ cached }) => cached;
const uncachedPlan: SelectPlan = ({ uncached }) => uncached;
const fastPlan: SelectPlan = ({ fast }) => fast;

/** A GPU or a MIG device. Replaced when its handle stands for another device. */
export class Device implements QueryTarget {
  /** The UUID as bytes, for comparison with an `OutBuffer`. */
  readonly uuidBytes: Uint8Array | undefined;
  /** Last PCIe throughput by counter, bytes per second. */
  readonly pcie = new Float64Array(2);
  /** Times of `pcie`, ms of `performance.now()`. */
  readonly pcieReadAt = new Float64Array(2).fill(Number.NEGATIVE_INFINITY);
  /** Activity since the previous reading of it. */
  readonly gpm = new GpmValues();
  readonly utilization = new DeviceUtilization();
  fields = new FieldValues();
  /** True if this is a GPU in MIG mode. */
  isMigEnabled = false;
  readonly #unsupported = new Set<NvmlQuery>();
  #plans: Plans;
  /** Record of the cached fields. */
  readonly #cache = new Float64Array(PROCESSES_OFFSET);
  /** Time of the cached fields, ms of `performance.now()`. */
  #cachedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param faultLog receives a fault for each query that fails
   * @param gpuHandle handle of the GPU; for a MIG device, of the GPU that it is part of
   */
  constructor(
    readonly handle: number | bigint,
    readonly identity: GpuIdentity,
    readonly fanCount: number,
    readonly faultLog: FaultLog,
    readonly gpuHandle: number | bigint = handle,
  ) {
    this.uuidBytes = identity.uuid === undefined ? undefined : Buffer.from(identity.uuid);
    this.#plans = this.#makePlans();
  }

  get isMigDevice(): boolean {
    return this.identity.parentUuid !== undefined;
  }

  supports(query: NvmlQuery): boolean {
    return !this.#unsupported.has(query);
  }

  /** Runs all queries again, since a change of the MIG mode or a reset changes what is supported. */
  resetSupport(): void {
    this.#unsupported.clear();
    this.fields = new FieldValues();
    this.#plans = this.#makePlans();
    this.#cachedAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Runs a query unless it is known to be unsupported. Returns true if it wrote a value.
   *
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  query(query: NvmlQuery, nvml: Nvml, out: OutBuffer): boolean {
    if (this.#unsupported.has(query)) return false;
    const code = query.run(nvml, this, out);
    return code === SUCCESS || this.#handleCode(query, code);
  }

  /**
   * Reads the device's fields into a record.
   *
   * @param now ms of `performance.now()`
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  read(
    nvml: Nvml,
    out: OutBuffer,
    record: Float64Array,
    offset: number,
    { isFast, now }: { readonly isFast: boolean; readonly now: number },
  ): void {
    if (isFast) {
      record.fill(Number.NaN, offset, offset + PROCESSES_OFFSET);
      this.#run(fastPlan, nvml, out, record, offset);
      return;
    }
    if (now - this.#cachedAt >= CACHE_MS) {
      this.#cache.fill(Number.NaN);
      this.#run(cachedPlan, nvml, out, this.#cache, 0);
      this.#cachedAt = now;
    }
    record.set(this.#cache, offset);
    this.#run(uncachedPlan, nvml, out, record, offset);
  }

  #run(select: SelectPlan, nvml: Nvml, out: OutBuffer, record: Float64Array, offset: number): void {
    let queries = select(this.#plans);
    for (let i = 0; i < queries.length; ) {
      const query = queries[i] as RecordQuery;
      const code = query.run(nvml, this, out);
      if (code === SUCCESS || this.#handleCode(query, code)) {
        query.store(out, record, offset, this);
        i++;
        continue;
      }
      const updated = select(this.#plans);
      // An unsupported query has left the plan, so that its fallback or the next query is at its place.
      if (queries === updated) i++;
      queries = updated;
    }
  }

  #makePlans(): Plans {
    const queries = QUERIES.filter(
      (query) =>
        (query.worksOnMig || !this.isMigDevice) &&
        this.supports(query) &&
        (query.fallbackFor === undefined || !this.supports(query.fallbackFor)),
    );
    return {
      cached: queries.filter(({ isCached }) => isCached),
      uncached: queries.filter(({ isCached }) => !isCached),
      fast: queries.filter(({ isFast }) => isFast),
    };
  }

  /** Returns true if the code means success after all. */
  #handleCode(query: NvmlQuery, code: number): boolean {
    const { outcome, description } = returnCode(code);
    if (outcome === 'success') return true;
    // The handle may be stale.
    if (code !== NO_DATA && code !== NOT_READY) this.faultLog.devicesMayHaveChanged = true;
    if (outcome === 'device_unavailable') throw new DeviceUnavailableError(query.fn, code);
    if (outcome === 'driver_lost') throw new DriverLostError(query.fn, code);
    if (outcome === 'unsupported' || outcome === 'permission_denied') {
      this.#unsupported.add(query);
      this.#plans = this.#makePlans();
    }
    // A container that was given a MIG device lacks permission for most queries on its GPU.
    const isExpected =
      outcome === 'unsupported' ||
      outcome === 'no_data' ||
      (outcome === 'permission_denied' && this.isMigEnabled);
    if (!isExpected) this.logFault(query.fn, description, code);
    return false;
  }

  /** Logs that a query has failed. */
  logFault(fn: NvmlFunction, description: string, code: number): void {
    const { device } = this.identity;
    const reason: GpuFault['reason'] = code === TIMEOUT ? 'timeout' : 'failed';
    this.faultLog.faults.push({ reason, detail: `${device}: ${nvmlName(fn)}: ${description}`, device });
  }
}
