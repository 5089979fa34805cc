import type { AnyEvent } from 'opentelemetry-instrumentation-snakepit';
import {
  gpuIdentifiers,
  gpuKey,
  type HostGpu,
  omitUndefined,
  resolveWorkerDevice,
  THROTTLE_REASONS,
} from 'opentelemetry-instrumentation-snakepit/internal';
import type { Gpu } from '../contract.js';
import type { Changes } from './changes.js';
import { GpuHistory, type Window } from './gpu-history.js';
import { ProcessList } from './gpu-processes.js';
import { GONE_MS, MAX_DETAILED_GPUS, MAX_GPUS, STALE_INTERVALS } from './limits.js';
import { numberOf, textOf } from './values.js';
import type { WorkerProcesses } from './worker-processes.js';

type GpuState = Omit<Gpu, 'series' | 'processSeries'>;

/** Positions of the metrics in a row. */
const [MEMORY, UTILIZATION, POWER, TEMPERATURE, CLOCK, THROTTLE] = [0, 1, 2, 3, 4, 5];
const METRICS = 6;

/** A GPU that was seen. */
export class SeenGpu {
  readonly key: string;
  readonly history = new GpuHistory();
  readonly processes: ProcessList;
  /** Readings of the sample that is being published. */
  readonly row = new Float64Array(METRICS).fill(Number.NaN);
  device: string;
  identity: Partial<GpuState> = {};
  memoryLimit: number | undefined;
  powerLimit: number | undefined;
  throttleReasons: readonly string[] = [];
  /** When the reasons became what they are, ms since 1970. */
  throttledSince = 0;
  lastSeen = 0;
  intervalMs: number;
  lostAt: number | undefined;
  isSampling = false;

  constructor(key: string, device: string, intervalMs: number, workers: WorkerProcesses) {
    this.key = key;
    this.device = device;
    this.intervalMs = intervalMs;
    this.processes = new ProcessList(workers);
  }

  get state(): GpuState {
    return {
      device: this.device,
      ...this.identity,
      ...omitUndefined({ memoryLimit: this.memoryLimit, powerLimit: this.powerLimit }),
      throttleReasons: this.throttleReasons,
      lastSeen: this.lastSeen,
      isLost: this.lostAt !== undefined,
      processes: this.processes.rows,
    };
  }

  /** Returns true if it was not read for three intervals, though it is not lost. */
  isStale(now: number): boolean {
    return this.lostAt === undefined && now - this.lastSeen > STALE_INTERVALS * this.intervalMs;
  }

  /** Newest readings, in the order of the metrics. */
  get readings(): (number | null)[] {
    return Array.from(this.row, (value) => (Number.isNaN(value) ? null : value));
  }
}

/** GPUs of this host, with an hour of their readings. */
export class Gpus {
  readonly #gpus = new Map<string, SeenGpu>();
  readonly #changes: Changes;
  readonly #workers: WorkerProcesses;
  readonly #defaultIntervalMs: number;

  constructor(changes: Changes, workers: WorkerProcesses, defaultIntervalMs: number) {
    this.#changes = changes;
    this.#workers = workers;
    this.#defaultIntervalMs = defaultIntervalMs;
  }

  get all(): readonly SeenGpu[] {
    return [...this.#gpus.values()].sort((one, other) =>
      one.device.localeCompare(other.device, 'en', { numeric: true }),
    );
  }

  get bytes(): number {
    let bytes = 0;
    for (const { history } of this.#gpus.values()) bytes += history.bytes;
    return bytes;
  }

  find(device: string): SeenGpu | undefined {
    for (const gpu of this.#gpus.values()) if (gpu.device === device) return gpu;
    return undefined;
  }

  /** Returns a GPU as the page shows it. */
  show(gpu: SeenGpu, window: Window): Gpu {
    const series = gpu.history.series(window);
    if (this.#gpus.size > MAX_DETAILED_GPUS) return { ...gpu.state, series };
    return { ...gpu.state, series, processSeries: gpu.history.processSeries(window) };
  }

  /** Returns the GPU of this host that a worker means; undefined if that cannot be known. */
  ofWorker({ measurements, metadata }: AnyEvent): SeenGpu | undefined {
    const { device, memory, visible_devices: visible, device_order: order } = metadata;
    if (memory === 'host') return undefined;
    const present = [...this.#gpus.values()].filter(({ lostAt }) => lostAt === undefined);
    if (typeof device !== 'string') return present.length === 1 ? present[0] : undefined;
    const gpus = present.map((gpu): HostGpu & { gpu: SeenGpu } => ({
      gpu,
      device: gpu.device,
      name: gpu.identity.name,
      uuid: gpu.identity.uuid,
      totalMib: gpu.memoryLimit,
    }));
    const worker = {
      visible: typeof visible === 'string' ? visible : undefined,
      order: typeof order === 'string' ? order : undefined,
      totalBytes: numberOf(measurements.total_bytes),
    };
    return resolveWorkerDevice(device, worker, gpus)?.gpu;
  }

  readonly onMemory = (event: AnyEvent): void =>
    this.#sample(event, (gpu, { used_mb: used, total_mb: total }) => {
      setValue(gpu, MEMORY, used);
      gpu.memoryLimit = numberOf(total) ?? gpu.memoryLimit;
    });

  readonly onUtilization = (event: AnyEvent): void =>
    this.#sample(event, (gpu, { gpu_percent: percent }) =>
      setValue(gpu, UTILIZATION, typeof percent === 'number' ? percent / 100 : undefined),
    );

  readonly onPower = (event: AnyEvent): void =>
    this.#sample(event, (gpu, { watts, limit_watts: limit }) => {
      setValue(gpu, POWER, watts);
      gpu.powerLimit = numberOf(limit) ?? gpu.powerLimit;
    });

  readonly onTemperature = (event: AnyEvent): void =>
    this.#sample(event, (gpu, { celsius }) => setValue(gpu, TEMPERATURE, celsius));

  readonly onClocks = (event: AnyEvent): void =>
    this.#sample(event, (gpu, { sm_mhz: sm, graphics_mhz: graphics }) =>
      setValue(gpu, CLOCK, sm ?? graphics),
    );

  readonly onThrottle = (event: AnyEvent): void =>
    this.#sample(event, (gpu, measurements) => {
      const reasons = THROTTLE_REASONS.filter((reason) => measurements[reason] === 1);
      setValue(gpu, THROTTLE, reasons.length);
      if (reasons.join() === gpu.throttleReasons.join()) return;
      gpu.throttleReasons = reasons;
      gpu.throttledSince = Date.now();
      this.#changes.mark('gpus', gpu.key);
    });

  readonly onProcess = (event: AnyEvent): void =>
    this.#sample(event, (gpu, measurements) => gpu.processes.see(event.metadata, measurements));

  readonly onLost = (event: AnyEvent): void => {
    const gpu = this.#gpus.get(keyOf(event));
    if (gpu === undefined) return;
    gpu.lostAt = Date.now();
    gpu.processes.endRound(gpu.lostAt);
    gpu.processes.endRound(gpu.lostAt);
    this.#changes.mark('gpus', gpu.key);
  };

  readonly onFound = (event: AnyEvent): void => void this.#gpu(event);

  /** Adds a row of the past, for a history that is made. @param values in the order of the metrics */
  backfill(event: AnyEvent, values: readonly number[]): void {
    const gpu = this.#gpu(event);
    if (gpu === undefined) return;
    gpu.lastSeen = Date.now();
    gpu.history.add(gpu.lastSeen, Float64Array.from(values), STALE_INTERVALS * gpu.intervalMs);
  }

  /** Returns the GPU with that key. */
  get(key: string): SeenGpu | undefined {
    return this.#gpus.get(key);
  }

  /** Forgets GPUs that were lost, and processes that ended, some time ago. */
  forgetGone(now: number): void {
    for (const gpu of this.#gpus.values()) {
      if (gpu.lostAt !== undefined && now - gpu.lostAt > GONE_MS) this.#gpus.delete(gpu.key);
      else if (gpu.processes.forgetGone(now)) this.#changes.mark('processes', gpu.key);
    }
  }

  #sample(event: AnyEvent, read: (gpu: SeenGpu, measurements: AnyEvent['measurements']) => void): void {
    const gpu = this.#gpu(event);
    if (gpu === undefined) return;
    if (!gpu.isSampling) {
      gpu.isSampling = true;
      gpu.row.fill(Number.NaN);
      gpu.intervalMs = numberOf(event.metadata.interval_ms) ?? gpu.intervalMs;
      // The events of a device follow each other in one turn.
      queueMicrotask(() => this.#endSample(gpu));
    }
    read(gpu, event.measurements);
  }

  #endSample(gpu: SeenGpu): void {
    const now = Date.now();
    gpu.isSampling = false;
    gpu.lastSeen = now;
    gpu.history.add(now, gpu.row, STALE_INTERVALS * gpu.intervalMs);
    if (this.#gpus.size <= MAX_DETAILED_GPUS) {
      for (const { pid, memory } of gpu.processes.running) {
        if (memory !== undefined) gpu.history.setProcessMemory(pid, memory);
      }
    }
    if (gpu.processes.endRound(now)) this.#changes.mark('processes', gpu.key);
    this.#changes.mark('samples', gpu.key);
  }

  /** Finds or adds the GPU of an event. */
  #gpu(event: AnyEvent): SeenGpu | undefined {
    const { metadata } = event;
    const device = textOf(metadata.device, 64);
    if (device === undefined) return undefined;
    const key = keyOf(event);
    let gpu = this.#gpus.get(key);
    if (gpu === undefined) {
      if (this.#gpus.size >= MAX_GPUS && !this.#forgetLost()) return undefined;
      gpu = new SeenGpu(key, device, this.#defaultIntervalMs, this.#workers);
      this.#gpus.set(key, gpu);
      this.#changes.mark('gpus', key);
    }
    if (gpu.device !== device || gpu.lostAt !== undefined || gpu.identity.vendor === undefined) {
      this.#freeName(device, key);
      gpu.device = device;
      gpu.lostAt = undefined;
      gpu.identity = omitUndefined({
        name: textOf(metadata.name),
        uuid: textOf(metadata.uuid),
        pciAddress: textOf(metadata.pci_address),
        vendor: textOf(metadata.vendor) ?? 'unknown',
        driverVersion: textOf(metadata.driver_version),
      });
      this.#changes.mark('gpus', key);
    }
    return gpu;
  }

  /** A lost GPU whose name another one takes gets another name. */
  #freeName(device: string, key: string): void {
    const other = this.find(device);
    if (other === undefined || other.key === key) return;
    let name = `${device} (lost)`;
    for (let i = 2; this.find(name) !== undefined; i++) name = `${device} (lost ${i})`;
    other.device = name;
    this.#changes.mark('gpus', other.key);
  }

  #forgetLost(): boolean {
    for (const [key, { lostAt }] of this.#gpus) if (lostAt !== undefined) return this.#gpus.delete(key);
    return false;
  }
}

const keyOf = ({ metadata }: AnyEvent): string => gpuKey(gpuIdentifiers(metadata)) ?? String(metadata.device);

function setValue({ row }: SeenGpu, index: number, value: unknown): void {
  const number = numberOf(value);
  if (number !== undefined) row[index] = number;
}
