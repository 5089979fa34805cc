import type { Range } from '../../page/contract.js';

/** Lists that have a view of their own, in the order in which Tab visits them. */
export const SECTIONS = ['gpus', 'traces', 'breakers', 'errors', 'events', 'delivery'] as const;
export type Section = (typeof SECTIONS)[number];

/** One thing that is shown alone. */
export interface Detail {
  readonly kind: 'gpu' | 'trace' | 'error' | 'breaker' | 'event';
  readonly id: string;
}

/** Where the user is, and what he has chosen. */
export interface ViewState {
  /** The list that fills the screen; undefined for the overview. */
  section: Section | undefined;
  detail: Detail | undefined;
  /** The list of the overview that the cursor is in. */
  focus: Section;
  /** Selected row of each list, by its id: it stays selected when rows are added. */
  readonly cursor: Map<Section, string>;
  /** First row of a detail that is shown; the selected span of a trace. */
  offset: number;
  readonly foldedSpans: Set<string>;
  query: string;
  isTyping: boolean;
  isHelpShown: boolean;
  range: Range;
  /** What was done last, such as a copy. */
  notice: string | undefined;
}

export const initialView = (range: Range): ViewState => ({
  section: undefined,
  detail: undefined,
  focus: 'traces',
  cursor: new Map(),
  offset: 0,
  foldedSpans: new Set(),
  query: '',
  isTyping: false,
  isHelpShown: false,
  range,
  notice: undefined,
});
