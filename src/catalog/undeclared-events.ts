import { processState } from '../common/process-state.js';
import {
  type CustomEventDefinition,
  PYTHON_ERROR,
  spanEvent,
  spanException,
  spanStart,
  spanStop,
} from './event-definition.js';

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

/** Returns the definition of an event that is not in the catalog: the three suffixes of a span make a span, others a span event. */
function definitionOf(name: string): CustomEventDefinition {
  const [, span, suffix] = /^(.+)\.(start|stop|exception)$/.exec(name) ?? [];
  if (span === undefined) return { trace: spanEvent };
  if (suffix === 'exception') return { trace: spanException(span), pythonError: PYTHON_ERROR };
  return { trace: suffix === 'start' ? spanStart(span) : spanStop(span) };
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
