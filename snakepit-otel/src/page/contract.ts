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
import type { Breaker } from './contract/breakers.js';
import type { ErrorHead } from './contract/errors.js';
import type { EventRow } from './contract/events.js';
import type { Gpu, Tick } from './contract/gpus.js';
import type { Host, Limits } from './contract/host.js';
import type { Pool } from './contract/pools.js';
import type { Problem } from './contract/problems.js';
import type { TraceHead } from './contract/traces.js';

export type { Attributes } from './contract/attributes.js';
export type { Breaker } from './contract/breakers.js';
export type { ErrorDetail, ErrorHead, OutOfMemory } from './contract/errors.js';
export type { EventRow } from './contract/events.js';
export {
  GPU_METRICS,
  type Gpu,
  type GpuMetric,
  type GpuProcess,
  type GpuSeries,
  MAX_STEPS,
  type ProcessSeries,
  type SeriesAnswer,
  type Tick,
} from './contract/gpus.js';
export type { Address, Host, Limits, SourceState } from './contract/host.js';
export type { Pool } from './contract/pools.js';
export type { Problem } from './contract/problems.js';
export type { Span, SpanEvent, Trace, TraceHead } from './contract/traces.js';

export const CONTRACT_VERSION = 1;

/** Ranges of time that a snapshot covers, with their lengths in ms. */
export const RANGES = { '5m': 300_000, '15m': 900_000, '1h': 3_600_000 } as const;
export type Range = keyof typeof RANGES;

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
