import { processState } from '../common/process-state.js';
import {
  type CustomEventDefinition,
  type EventDefinition,
  spanEvent,
  spanException,
  spanStart,
  spanStop,
} from './event-definition.js';
import { undeclaredEvents } from './events/undeclared.js';
import type { MetricSpec } from './metric-spec.js';

/** Receives the name and definition of each event that is not in the catalog. */
type Listener = (name: string, definition: CustomEventDefinition) => void;

interface UndeclaredEvents {
  readonly names: Set<string>;
  readonly listeners: Set<Listener>;
}

const state = processState<UndeclaredEvents>('undeclared-events', () => ({
  names: new Set(),
  listeners: new Set(),
}));

/** Names of undeclared events that are recorded. */
const MAX_NAMES = 500;

const rows: Readonly<Record<string, EventDefinition>> = undeclaredEvents;
/** Event that stands for all names past the limit; with a suffix, for all spans. */
const OTHER = 'snakepit.python.other';
const MAPPINGS = { start: spanStart, stop: spanStop, exception: spanException };

/**
 * Returns the definition of an event that is not in the catalog: the three suffixes of a span make a span, others a span event. Its metrics
 * and log line are those of the row that stands for names past the limit.
 */
function definitionOf(name: string): CustomEventDefinition {
  const { span = name, suffix } = spanPart(name);
  const { metrics = [], log, pythonError } = rows[otherEvent(name)] ?? {};
  return {
    trace: suffix === undefined ? spanEvent : MAPPINGS[suffix](span),
    metrics: metrics.map((metric) => named(metric, span)),
    log,
    pythonError,
  };
}

function spanPart(name: string): { span?: string; suffix?: keyof typeof MAPPINGS } {
  const [, span, suffix] = /^(.+)\.(start|stop|exception)$/.exec(name) ?? [];
  return { span, suffix: suffix as keyof typeof MAPPINGS | undefined };
}

/** Returns the metric with the name of this event or span in place of the one that stands for all. */
const named = (metric: MetricSpec, name: string): MetricSpec => ({
  ...metric,
  attributes: Object.fromEntries(Object.keys(metric.attributes ?? {}).map((key) => [key, name])),
});

/** Returns the event of the catalog that stands for the names past the limit. */
export function otherEvent(name: string): string {
  const { suffix } = spanPart(name);
  return suffix === undefined ? OTHER : `${OTHER}.${suffix}`;
}

/**
 * Makes recorders record an event of another process that is not in the catalog.
 *
 * @returns false if too many names are declared already
 */
export function declareEvent(name: string): boolean {
  if (state.names.has(name)) return true;
  if (state.names.size >= MAX_NAMES) return false;
  state.names.add(name);
  const definition = definitionOf(name);
  for (const listener of [...state.listeners]) listener(name, definition);
  return true;
}

/** Calls `listener` for every undeclared event, past and future, until the returned function is called. */
export function onUndeclaredEvent(listener: Listener): () => void {
  state.listeners.add(listener);
  for (const name of state.names) listener(name, definitionOf(name));
  return () => {
    state.listeners.delete(listener);
  };
}
