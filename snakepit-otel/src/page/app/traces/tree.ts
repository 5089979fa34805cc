import type { Span } from '../../contract.js';

/** A span in the order in which a waterfall shows it. */
export interface SpanRow {
  readonly span: Span;
  /** 1 for a root. */
  readonly level: number;
  readonly hasChildren: boolean;
  readonly parent: Span | undefined;
}

/**
 * Orders spans as a tree, children by their start. A span whose parent is not in the trace is a root, and so is one of a circle.
 * Children of a span in `folded` are left out.
 */
export function spanRows(spans: readonly Span[], folded: ReadonlySet<string> = new Set()): SpanRow[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = new Map<string, Span[]>();
  const roots: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    if (!ids.has(span.parent) || span.parent === span.id) roots.push(span);
    else appendTo(children, span.parent, span);
  }
  const rows: SpanRow[] = [];
  const seen = new Set<string>();
  const walk = (start: Span, isShown: boolean) => {
    const stack = [{ span: start, level: 1, isShown, parent: undefined as Span | undefined }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { span, level, parent } = next;
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      const below = children.get(span.id) ?? [];
      if (next.isShown) rows.push({ span, level, parent, hasChildren: below.length > 0 });
      const shown = next.isShown && !folded.has(span.id);
      for (const child of below.toReversed())
        stack.push({ span: child, level: level + 1, isShown: shown, parent: span });
    }
  };
  for (const root of roots) walk(root, true);
  for (const span of spans) if (!seen.has(span.id)) walk(span, true);
  return rows;
}

function appendTo(lists: Map<string, Span[]>, key: string, span: Span): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [span]);
  else list.push(span);
}

/** Returns round values from 0 up to `total`, about `count` of them. */
export function roundTicks(total: number, count: number): number[] {
  if (!(total > 0)) return [0];
  const raw = total / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  const ticks: number[] = [];
  for (let index = 0; index * step < total; index += 1) ticks.push(index * step);
  return ticks;
}

export type SpanCategory = 'app' | 'python' | 'pool' | 'client';

/** Returns who did the work of a span: the application, Python, the pool of workers, or another service. */
export function spanCategory({ name, kind, attributes }: Span): SpanCategory {
  if (name.startsWith('snakepit.python.') || attributes['telemetry.sdk.language'] === 'python')
    return 'python';
  if (/^snakepit\.(pool|worker|grpc_worker|session|queue|hardware)\b/.test(name)) return 'pool';
  return kind === 'client' || kind === 'producer' ? 'client' : 'app';
}

/** Returns the name of a span without the part that all spans of Snakepit have. */
export function shortName(name: string): string {
  return name.replace(/^snakepit\.(python\.)?/, '');
}

/** Returns pool and worker of a span, unless its parent has the same. */
export function spanNote(span: Span, parent: Span | undefined): string {
  const note = poolAndWorker(span);
  return parent !== undefined && poolAndWorker(parent) === note ? '' : note;
}

function poolAndWorker({ attributes }: Span): string {
  return [attributes['snakepit.pool'], attributes['snakepit.worker_id']].filter(Boolean).join(' · ');
}
