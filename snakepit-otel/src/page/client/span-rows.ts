import type { Span } from '../contract.js';

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
