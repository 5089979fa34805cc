/**
 * What the server of the live page sends, to the page, `top` and `tail` alike. Types only: the page is built for browsers.
 *
 * Times are ms since 1970, sizes MiB, powers W, temperatures °C, ratios from 0 to 1. An optional member, or `null` in a column, is
 * what was not read: it is never 0.
 *
 * | request (all GET, answers are JSON) | answer |
 * |---|---|
 * | `/api/v1/snapshot?range=5m\|15m\|1h&at=` | `Snapshot` of now, or of the moment `at`. Pools, delivery and processes are always those of now; problems that ended since are missing |
 * | `/api/v1/stream?range=&from=BOOT-SEQ` | server-sent events: `StreamMessages`, each with the id `BOOT-SEQ` |
 * | `/api/v1/traces/ID` | `Trace` |
 * | `/api/v1/errors/ID` | `ErrorDetail` |
 * | `/api/v1/series?device=&metric=&from=&to=` | `SeriesAnswer` |
 * | `/api/v1/export?kind=traces\|gpus\|events\|errors&format=json\|csv&range=` | OTLP JSON of the traces, else rows |
 *
 * A stream continues after the message that the header `Last-Event-ID` names, which browsers send when they connect again, else after
 * `from`: `boot` and `seq` of the snapshot that the client has. Without either it begins with `reset` and `snapshot`, of the range
 * `range`. `reset` and `gap` have no id. Lists in messages hold rows that are new or changed: a row replaces the one with the same `id`, `name`, `device`, or
 * `exporter`, `signal` and `address`. Events have no key: each comes once.
 *
 * Errors are `{ "error": "…" }` with the status: 400 query, 401 token, 403 request of another site, 404, 405, 421 host name, 503 busy.
 * The token of an address that is not loopback is sent as the cookie that `/?token=…` sets, or as `Authorization: Bearer …`.
 */
import type { DeliveryReport } from '../sdk/delivery-report.js';

export const CONTRACT_VERSION = 1;

/** Ranges of time that a snapshot covers, with their lengths in ms. */
export const RANGES = { '5m': 300_000, '15m': 900_000, '1h': 3_600_000 } as const;
export type Range = keyof typeof RANGES;

/**
 * Charted readings of a GPU, in the order of a row of `Tick`: MiB, ratio, W, °C, MHz, and the number of reasons why it is throttled
 * (0 if it is not).
 */
export const GPU_METRICS = ['memory', 'utilization', 'power', 'temperature', 'clock', 'throttle'] as const;
export type GpuMetric = (typeof GPU_METRICS)[number];

/** Everything that the page shows at first. Lists are in order of time, the oldest first. */
export interface Snapshot {
  readonly v: typeof CONTRACT_VERSION;
  /** Changes when the server starts: what a client keeps from another one is void. */
  readonly boot: string;
  /** Number of the last message that is contained. */
  readonly seq: number;
  /** The moment that is shown, by the clock of the server. */
  readonly now: number;
  readonly range: Range;
  readonly host: Host;
  readonly limits: Limits;
  readonly gpus: readonly Gpu[];
  readonly pools: readonly Pool[];
  readonly breakers: readonly Breaker[];
  readonly traces: readonly TraceHead[];
  readonly errors: readonly ErrorHead[];
  readonly events: readonly EventRow[];
  readonly delivery: readonly DeliveryReport[];
  readonly problems: readonly Problem[];
}

/** The messages of the stream, by the names of their events. */
export interface StreamMessages {
  /** The client's position is unknown: a snapshot follows. */
  readonly reset: { readonly boot: string };
  readonly snapshot: Snapshot;
  readonly tick: Tick;
  readonly traces: readonly TraceHead[];
  readonly events: Batch<EventRow>;
  readonly errors: Batch<ErrorHead>;
  readonly breaker: Breaker;
  readonly pool: Pool;
  readonly delivery: DeliveryReport;
  /** All problems of now: replaces those before. */
  readonly problems: readonly Problem[];
  /** A GPU that appeared, changed or was lost, without its series. */
  readonly gpu: Omit<Gpu, 'series' | 'processSeries'>;
  readonly gap: Gap;
}

export interface Batch<Row> {
  readonly rows: readonly Row[];
  /** Rows that were left out as there were too many at once. */
  readonly skipped: number;
}

/** Messages that were left out as the client was too slow: a snapshot follows. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface Host {
  readonly name: string;
  /** Version of `snakepit-otel`. */
  readonly version: string;
  /** As `linux x64`. */
  readonly platform: string;
  readonly pid: number;
  /** When the process started. */
  readonly startedAt: number;
  /** Value of `service.name`. */
  readonly serviceName: string;
  /** Time between samples of the GPUs, ms. */
  readonly gpuIntervalMs: number;
  /** False if the GPUs are not sampled. */
  readonly samplesGpus: boolean;
  /** True if messages and tracebacks of workers are sent: the option `includeSensitive` of the instrumentation. */
  readonly includesSensitive: boolean;
  /** What each GPU source answered. */
  readonly sources: readonly SourceState[];
  /** Addresses at which events are received and metrics are served. */
  readonly addresses: readonly Address[];
  /** Links of the operator; absent if not configured. */
  readonly jaegerUrl?: string;
  readonly grafanaUrl?: string;
}

export interface SourceState {
  readonly name: string;
  readonly state: 'selected' | 'available' | 'unavailable';
  readonly cause?: string;
  readonly remedy?: string;
}

export interface Address {
  /** As `unix`, `tcp`, `http`, `prometheus`. */
  readonly kind: string;
  readonly address: string;
}

/** The most that is kept of each kind. */
export interface Limits {
  readonly traces: number;
  readonly spans: number;
  readonly spansPerTrace: number;
  readonly errors: number;
  readonly events: number;
  readonly seconds: number;
}

export interface Gpu {
  /** As `cuda:0`. Unique: a lost GPU whose name another one has taken is `cuda:0 (lost)`. */
  readonly device: string;
  readonly name?: string;
  readonly uuid?: string;
  readonly pciAddress?: string;
  readonly vendor?: string;
  readonly driverVersion?: string;
  readonly memoryLimit?: number;
  readonly powerLimit?: number;
  /** Temperature from which the card slows itself down. */
  readonly slowdownTemperature?: number;
  /** Why the card runs slower than it could, as `hw_thermal_slowdown`; empty if it does not. */
  readonly throttleReasons: readonly string[];
  readonly lastSeen: number;
  /** True if its driver does not report it any more. */
  readonly isLost: boolean;
  readonly processes: readonly GpuProcess[];
  readonly series: GpuSeries;
  /** Memory of the processes that held most, in the steps of `series`; absent on hosts with more than 4 GPUs. */
  readonly processSeries?: readonly ProcessSeries[];
}

export interface ProcessSeries {
  readonly pid: number;
  /** Greatest value of each step, MiB. */
  readonly memory: readonly (number | null)[];
}

export interface GpuProcess {
  readonly pid: number;
  readonly command?: string;
  readonly memory?: number;
  readonly utilization?: number;
  /** Snakepit's pool and worker, if the process is a worker of one. */
  readonly pool?: string;
  readonly worker?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly container?: string;
  /** When it ended; absent while it runs. */
  readonly goneAt?: number;
}

/** Columns of equal steps; at most 720 steps. */
export interface GpuSeries {
  /** Time of the first step. */
  readonly from: number;
  /** Length of a step, ms. */
  readonly step: number;
  /** Mean of each step. */
  readonly mean: Readonly<Record<GpuMetric, readonly (number | null)[]>>;
  /** Least and greatest value of each step. A metric is absent if both are its mean in every step. */
  readonly min?: Readonly<Partial<Record<GpuMetric, readonly (number | null)[]>>>;
  readonly max?: Readonly<Partial<Record<GpuMetric, readonly (number | null)[]>>>;
}

/** One sample of each GPU: values in the order of `GPU_METRICS`. */
export interface Tick {
  readonly ts: number;
  readonly gpus: Readonly<Record<string, readonly (number | null)[]>>;
  /** Processes of the GPUs whose processes changed. */
  readonly processes?: Readonly<Record<string, readonly GpuProcess[]>>;
}

/** A trace without its spans. */
export interface TraceHead {
  readonly id: string;
  /** Name of its root span, or of the first span that is known. */
  readonly name: string;
  readonly start: number;
  /** Duration, ms. */
  readonly ms: number;
  readonly spans: number;
  readonly status: 'ok' | 'error';
  /** Text of the first error. */
  readonly error?: string;
  /** Devices that its spans used. */
  readonly devices: readonly string[];
  /** Energy of the devices during its spans, J; the whole devices', not only this trace's. */
  readonly joules?: number;
  readonly peakMemory?: number;
  /** Services whose spans it has. */
  readonly services: readonly string[];
}

export interface Trace {
  readonly head: TraceHead;
  /** In order of start. */
  readonly spans: readonly Span[];
  /** Spans that were not kept. */
  readonly dropped: number;
  /** GPU readings during the trace, by device: the first tracks of the waterfall. */
  readonly gpus: Readonly<Record<string, GpuSeries>>;
}

export interface Span {
  readonly id: string;
  /** Empty for a root. */
  readonly parent: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly service: string;
  readonly start: number;
  readonly ms: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly device?: string;
  readonly joules?: number;
  readonly peakMemory?: number;
}

export interface SpanEvent {
  readonly ts: number;
  readonly name: string;
  readonly attributes: Attributes;
}

/** Redacted, as exported; texts of at most 1 kB. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Answer of `/series`: one metric of one GPU, at most 720 steps. */
export interface SeriesAnswer {
  readonly device: string;
  readonly metric: GpuMetric;
  readonly from: number;
  readonly step: number;
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** Errors of the same class at the same place. */
export interface ErrorHead {
  readonly id: string;
  readonly ts: number;
  /** As `oom`, `shape_mismatch`, `python_exception`. */
  readonly kind: string;
  /** As `torch.OutOfMemoryError`. */
  readonly type: string;
  readonly message: string;
  readonly count: number;
  readonly firstSeen: number;
  readonly device?: string;
  readonly pool?: string;
  readonly worker?: string;
  readonly place?: string;
  readonly trace?: string;
  readonly span?: string;
}

export interface ErrorDetail {
  readonly head: ErrorHead;
  /** Times of the newest occurrences, the oldest first; at most 50. */
  readonly occurrences: readonly number[];
  /** Of the last occurrence; at most 16 kB. Absent unless the host `includesSensitive`. */
  readonly traceback?: string;
  readonly attributes: Attributes;
  readonly oom?: OutOfMemory;
}

/** Who held what when an allocation failed. */
export interface OutOfMemory {
  readonly requested?: number;
  readonly free?: number;
  readonly total?: number;
  readonly allocated?: number;
  readonly reservedUnused?: number;
  readonly processes: readonly GpuProcess[];
}

export interface EventRow {
  readonly ts: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Name in the catalog, as `snakepit.error.oom`. */
  readonly name: string;
  /** Its line of the log. */
  readonly text: string;
  readonly trace?: string;
  readonly span?: string;
  readonly attributes: Attributes;
}

export interface Breaker {
  readonly name: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly since: number;
  readonly rejected: number;
  readonly failures: number;
  readonly successes: number;
  /** True if it was shut down: it is not listed any more. */
  readonly isGone?: true;
  /** Transitions, the oldest first; at most 500. */
  readonly transitions: readonly { readonly ts: number; readonly state: Breaker['state'] }[];
}

export interface Pool {
  readonly name: string;
  readonly workers?: number;
  readonly busy?: number;
  readonly queued?: number;
  /** Age of the oldest queued request, ms. */
  readonly oldestQueuedMs?: number;
  readonly requests: number;
  readonly errors: number;
  readonly retries: number;
  readonly restarts: number;
  readonly lastEvent: number;
}

/** Something that needs attention. The worst comes first. */
export interface Problem {
  readonly id: string;
  readonly severity: 'error' | 'warning';
  readonly title: string;
  readonly cause: string;
  readonly since: number;
  /** Part of the page to look at, as `#/gpu/cuda:0`. */
  readonly link: string;
}
