import type { Span, Trace } from '../../../page/contract.js';

/** A span at its place in the tree. */
export interface SpanNode {
  readonly span: Span;
  readonly depth: number;
  readonly hasChildren: boolean;
}

/** Returns the spans in the order of the tree, without those below a folded one. A span whose parent is not kept is a root. */
export function visibleSpans({ spans }: Trace, folded: ReadonlySet<string>): SpanNode[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    const parent = span.parent !== span.id && ids.has(span.parent) ? span.parent : '';
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [span]);
    else siblings.push(span);
  }
  const nodes: SpanNode[] = [];
  const seen = new Set<string>();
  // A stack of its own: a foreign trace may be deeper than the call stack, or circular.
  const stack = (children.get('') ?? []).toReversed().map((span) => ({ span, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { span, depth } = next;
    if (seen.has(span.id)) continue;
    seen.add(span.id);
    const below = children.get(span.id) ?? [];
    nodes.push({ span, depth, hasChildren: below.length > 0 });
    if (!folded.has(span.id))
      stack.push(...below.toReversed().map((child) => ({ span: child, depth: depth + 1 })));
  }
  return nodes;
}
