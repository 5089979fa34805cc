import type { Attributes } from './attributes.js';
import type { GpuSeries } from './gpus.js';

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
