import type { EventDefinition } from '../catalog/event-definition.js';
import { catalogEvents } from '../catalog/events/index.js';
import { declareEvent, otherEvent } from '../catalog/undeclared-events.js';

const catalog: ReadonlyMap<string, EventDefinition> = new Map(catalogEvents);

const NAMESPACE = 'snakepit.';
const PYTHON_NAMESPACE = 'snakepit.python.';
const NAME = /^[a-z0-9_]+(?:\.[a-z0-9_]+){0,7}$/;
const MAX_LENGTH = 128;

/** An event of the bus. */
export interface NamedEvent {
  readonly name: string;
  /** Definition in the catalog; `undefined` for an event that is not in the catalog. */
  readonly definition: EventDefinition | undefined;
  /** True if `name` stands for many names. */
  readonly isOther: boolean;
}

/** Reason for which a name is refused. */
export type NameRefusal = 'event_name_invalid' | 'event_reserved';

/**
 * Returns the event that a name on a line means. Names of the catalog, and other names of the namespace `snakepit`, mean themselves.
 * A name that is an event of Python in the catalog but for its prefix means that event: `python.call.stop` and `tool.result_size` are
 * `snakepit.python.call.stop` and `snakepit.python.tool.result_size`. Other names are put into the namespace `snakepit.python`.
 * Events that are not in the catalog are declared, up to a limit; past it they are `snakepit.python.other`.
 */
export function eventOfName(wireName: string): NamedEvent | NameRefusal {
  if (wireName.length > MAX_LENGTH || !NAME.test(wireName)) return 'event_name_invalid';
  const name = busName(wireName);
  const definition = catalog.get(name);
  if (definition?.reserved) return 'event_reserved';
  if (definition !== undefined) return { name, definition, isOther: false };
  if (declareEvent(name)) return { name, definition, isOther: false };
  const other = otherEvent(name);
  return { name: other, definition: catalog.get(other), isOther: true };
}

function busName(wireName: string): string {
  if (wireName.startsWith(NAMESPACE)) return wireName;
  const inPython = PYTHON_NAMESPACE + wireName;
  if (catalog.has(inPython)) return inPython;
  const inSnakepit = NAMESPACE + wireName;
  return catalog.get(inSnakepit)?.origin === 'python' ? inSnakepit : inPython;
}
