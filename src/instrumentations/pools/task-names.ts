import { basename, extname } from 'node:path';
import { cleanText } from '../../common/clean-text.js';

const MAX_NAME_LENGTH = 128;

/** Names of a task in spans, events and hooks. */
export interface TaskNames {
  /** Name of the pool if `nameOf` returns none. */
  readonly pool: string;
  readonly filename: string;
  /** Name of the function that the task runs. */
  readonly name: string;
  /** Name of the task in events. */
  readonly command: string;
  /** Name of the span. @default `command` */
  readonly spanName?: string;
}

/** Returns the text of a name or path of a host; an empty text for anything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? cleanText(value, 1024) : '');

/** Returns the name of a function of a host, for spans and metrics. */
export const functionName = (name: unknown): string => textOf(name).slice(0, MAX_NAME_LENGTH);

/** Returns the name of a file without folder and extension. */
export const stem = (file: string): string => basename(file, extname(file)).slice(0, MAX_NAME_LENGTH);
