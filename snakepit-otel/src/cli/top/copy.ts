import { printableJson } from '../live/printable-json.js';
import type { Context } from './context.js';
import { idsOf, listOf } from './lists.js';
import { selectedId } from './navigation.js';
import type { Section } from './view-state.js';

const SECTION_OF = {
  gpu: 'gpus',
  trace: 'traces',
  error: 'errors',
  breaker: 'breakers',
  event: 'events',
} as const;

/** Returns what is shown alone or selected, as JSON: with everything that was loaded of it. */
export function selectedJson(context: Context): string | undefined {
  const { view, state } = context;
  const id = selectedId(context);
  if (id === undefined) return undefined;
  const { detail } = view;
  const loaded =
    detail?.kind === 'trace' ? context.trace(id) : detail?.kind === 'error' ? context.error(id) : undefined;
  if (loaded !== undefined && 'value' in loaded) return printableJson(loaded.value);
  const section: Section = detail === undefined ? (view.section ?? view.focus) : SECTION_OF[detail.kind];
  const rows = listOf(section, state, { ...view, query: '' });
  const found = rows[idsOf(section, rows).indexOf(id)];
  return found === undefined ? undefined : printableJson({ ...found, history: undefined });
}

/** Returns the sequence with which a terminal copies text to the clipboard (OSC 52). */
export const clipboardSequence = (text: string): string =>
  `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;
