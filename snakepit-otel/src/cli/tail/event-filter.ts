import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import type { EventRow } from '../../page/contract.js';

/** Levels, the least first. */
const LEVELS: readonly EventRow['level'][] = ['debug', 'info', 'warn', 'error'];

export interface FilterOptions {
  /** Least level that is printed. */
  readonly level?: EventRow['level'];
  /** Regular expression that the name, the text or an attribute matches. */
  readonly grep?: string;
  /** Beginning of the id of a trace. */
  readonly trace?: string;
  /** Name of an event; `*` stands for any characters. */
  readonly event?: string;
  /** Id of a worker. */
  readonly worker?: string;
}

/**
 * Returns a function that returns true for events that are printed.
 *
 * @throws ConfigurationError for an invalid expression
 */
export function eventFilter({
  level,
  grep,
  trace,
  event,
  worker,
}: FilterOptions): (row: EventRow) => boolean {
  const tests: ((row: EventRow) => boolean)[] = [];
  if (level !== undefined) {
    const lowest = LEVELS.indexOf(level);
    tests.push((row) => LEVELS.indexOf(row.level) >= lowest);
  }
  if (event !== undefined) {
    const pattern = globPattern(event);
    tests.push(({ name }) => pattern.test(name));
  }
  if (trace !== undefined) tests.push((row) => row.trace?.startsWith(trace.toLowerCase()) === true);
  if (worker !== undefined) tests.push(({ attributes }) => isWorker(attributes, worker));
  if (grep !== undefined) {
    const pattern = grepPattern(grep);
    tests.push(({ name, text, attributes }) =>
      [name, text, ...Object.values(attributes)].some((value) => pattern.test(String(value))),
    );
  }
  return (row) => tests.every((test) => test(row));
}

const globPattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );

function grepPattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new ConfigurationError('--grep', text, `a regular expression (${errorMessage(error)})`);
  }
}

/** Events name their worker by several keys, in the notation of events or of attributes. */
const WORKER_KEY = /(?:^|[._])worker(?:[._]id)?$/;

const isWorker = (attributes: EventRow['attributes'], worker: string): boolean =>
  Object.entries(attributes).some(([key, value]) => WORKER_KEY.test(key) && String(value) === worker);
