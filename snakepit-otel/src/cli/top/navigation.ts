import { spanRows } from '../../page/client/span-rows.js';
import type { Context } from './context.js';
import { detailOf } from './links.js';
import { idsOf, listOf, selectedIndex } from './lists.js';
import { SECTIONS, type Section, type ViewState } from './view-state.js';

/** Shows the list of a section alone. */
export function openSection(view: ViewState, section: Section): void {
  view.section = section;
  view.detail = undefined;
}

/** Leaves, one after the other: a detail, the search, a list. */
export function goBack(view: ViewState): void {
  if (view.detail !== undefined) view.detail = undefined;
  else if (view.query !== '') view.query = '';
  else view.section = undefined;
  view.offset = 0;
}

/** Goes to the next panel, or to the list of the next section. */
export function focusNext(view: ViewState, step: number): void {
  const index = SECTIONS.indexOf(view.section ?? view.focus);
  const next = SECTIONS[(index + step + SECTIONS.length) % SECTIONS.length] ?? 'traces';
  view.detail = undefined;
  if (view.section === undefined) view.focus = next;
  else view.section = next;
}

/** Moves the selection, or a detail. */
export function move(context: Context, rows: number): void {
  const { view, state } = context;
  if (view.detail !== undefined) {
    view.offset = Math.max(0, Math.min(view.offset + rows, lastOffset(context)));
    return;
  }
  const section = view.section ?? view.focus;
  const ids = idsOf(section, listOf(section, state, view));
  const index = Math.max(0, Math.min(selectedIndex(section, ids, view) + rows, ids.length - 1));
  const id = ids[index];
  if (id !== undefined) view.cursor.set(section, id);
}

const MAX_OFFSET = 10_000;

/** Text ends where its rows do, which only its view knows; the selection of a trace ends at its last span. */
function lastOffset(context: Context): number {
  const { detail } = context.view;
  if (detail?.kind !== 'trace') return MAX_OFFSET;
  const loaded = context.trace(detail.id);
  return loaded !== undefined && 'value' in loaded
    ? spanRows(loaded.value.spans, context.view.foldedSpans).length - 1
    : 0;
}

/** Opens what is selected. */
export function open(context: Context): void {
  const { view, state } = context;
  if (view.detail?.kind === 'error' || view.detail?.kind === 'event') {
    openTrace(context);
    return;
  }
  if (view.detail !== undefined) return;
  const id = selectedId(context);
  if (id === undefined) return;
  const section = view.section ?? view.focus;
  view.detail = detailOf(section, id, state);
  if (view.detail === undefined) view.section = section;
  view.offset = 0;
  view.foldedSpans.clear();
}

/** Opens the trace that an error or event belongs to. */
function openTrace({ view, state }: Context): void {
  const { detail } = view;
  const trace =
    detail?.kind === 'error'
      ? state.errors.find(({ id }) => id === detail.id)?.trace
      : listOf('events', state, { ...view, query: '' }).find(
          (event) => idsOf('events', [event])[0] === detail?.id,
        )?.trace;
  if (trace === undefined) {
    view.notice = 'It belongs to no trace.';
    return;
  }
  view.detail = { kind: 'trace', id: trace };
  view.offset = 0;
  view.foldedSpans.clear();
}

/** Returns the id of what is shown alone or selected. */
export function selectedId({ view, state }: Context): string | undefined {
  if (view.detail !== undefined) return view.detail.id;
  const section = view.section ?? view.focus;
  const ids = idsOf(section, listOf(section, state, view));
  return ids[selectedIndex(section, ids, view)];
}

/** Folds the selected span, or goes to its parent if it has nothing to fold. */
export function fold(context: Context, isFolded: boolean): void {
  const { view } = context;
  if (view.detail?.kind !== 'trace') return;
  const loaded = context.trace(view.detail.id);
  if (loaded === undefined || !('value' in loaded)) return;
  const nodes = spanRows(loaded.value.spans, view.foldedSpans);
  const index = Math.min(view.offset, nodes.length - 1);
  const node = nodes[index];
  if (node === undefined) return;
  if (!isFolded) view.foldedSpans.delete(node.span.id);
  else if (node.hasChildren && !view.foldedSpans.has(node.span.id)) view.foldedSpans.add(node.span.id);
  else
    view.offset = Math.max(
      0,
      nodes.findLastIndex(({ level }, i) => i < index && level < node.level),
    );
}

/** Selects the next error, from the newest on, in the list of errors. */
export function nextError({ view, state }: Context, step: number): void {
  const ids = idsOf('errors', listOf('errors', state, view));
  const isThere = view.section === 'errors' || view.detail?.kind === 'error';
  const index = isThere ? selectedIndex('errors', ids, view) + step : step > 0 ? 0 : ids.length - 1;
  const id = ids[Math.max(0, Math.min(index, ids.length - 1))];
  view.section = 'errors';
  if (id === undefined) {
    view.detail = undefined;
    return;
  }
  view.cursor.set('errors', id);
  if (view.detail !== undefined) view.detail = { kind: 'error', id };
  view.offset = 0;
}
