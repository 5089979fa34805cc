import type { Attributes } from './attributes.js';

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
