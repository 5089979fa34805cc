import type { HrTime, Span } from '@opentelemetry/api';
import type { AnyEvent } from '../../catalog/event-map.js';

/** A span whose start event has come and whose stop event has not. */
export interface OpenSpan {
  readonly name: string;
  readonly span: Span;
  readonly startTime: HrTime;
  /** Under which it can be found: what pairs it with its end, and what it has in common with other events. */
  readonly keys: readonly string[];
}

/** Metadata that events of one operation share, the most telling first. */
const SHARED_KEYS = ['correlation_id', 'worker_id'] as const;

const pairKey = (name: string, { metadata }: AnyEvent): string => {
  const { telemetry_span_context: context, correlation_id: correlation, worker_id: worker } = metadata;
  return `${name} ${context ?? `${correlation ?? ''} ${worker ?? ''}`}`;
};

const sharedKeys = ({ metadata }: AnyEvent): string[] =>
  SHARED_KEYS.flatMap((key) => (typeof metadata[key] === 'string' ? `${key}=${metadata[key]}` : []));

/** The spans under way, bounded: past `limit`, the oldest is handed to `abandon`. */
export class OpenSpans {
  private readonly byKey = new Map<string, OpenSpan[]>();
  private readonly all = new Set<OpenSpan>();

  constructor(
    private readonly limit: number,
    private readonly abandon: (open: OpenSpan) => void,
  ) {}

  add(name: string, event: AnyEvent, span: Span, startTime: HrTime): void {
    const open: OpenSpan = { name, span, startTime, keys: [pairKey(name, event), ...sharedKeys(event)] };
    this.all.add(open);
    for (const key of open.keys) {
      const stack = this.byKey.get(key);
      if (stack === undefined) this.byKey.set(key, [open]);
      else stack.push(open);
    }
    const [oldest] = this.all;
    if (this.all.size > this.limit && oldest !== undefined) {
      this.remove(oldest);
      this.abandon(oldest);
    }
  }

  /** The span that this stop or exception event ends: the newest of its name and ids. */
  take(name: string, event: AnyEvent): OpenSpan | undefined {
    const open = this.byKey.get(pairKey(name, event))?.at(-1);
    if (open !== undefined) this.remove(open);
    return open;
  }

  /** The innermost span under way that shares its correlation id, or else its worker, with this event. */
  related(event: AnyEvent): OpenSpan | undefined {
    for (const key of sharedKeys(event)) {
      const open = this.byKey.get(key)?.at(-1);
      if (open !== undefined) return open;
    }
    return undefined;
  }

  /** Hands every span still under way to `abandon`. */
  clear(): void {
    const open = [...this.all];
    this.all.clear();
    this.byKey.clear();
    for (const each of open) this.abandon(each);
  }

  private remove(open: OpenSpan): void {
    this.all.delete(open);
    for (const key of open.keys) {
      const stack = this.byKey.get(key);
      stack?.splice(stack.lastIndexOf(open), 1);
      if (stack?.length === 0) this.byKey.delete(key);
    }
  }
}
