import { onTestFinished } from 'vitest';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { catalogEvents } from '../../src/catalog/events/index.js';

const PREFIX = /^snakepit\.(circuit_breaker\.|(?=retry\.))/;

/** Records the events of breakers and retries until the end of the test. Event names are without `snakepit.circuit_breaker.`. */
export function recordEvents() {
  const events: AnyEvent[] = [];
  const unsubscribe = catalogEvents
    .map(([name]) => name)
    .filter((name) => PREFIX.test(name))
    .map((name) => subscribe(name, (event) => events.push(event)));
  onTestFinished(() => {
    for (const each of unsubscribe) each();
  });
  const shortName = ({ name }: AnyEvent) => name.replace(PREFIX, '');
  return {
    events,
    /** Names of the events, without the states of pools. */
    names: () => events.map(shortName).filter((name) => name !== 'state'),
    all: (name: string) => events.filter((event) => shortName(event) === name),
    /** Newest state of a pool. */
    state: (pool: string) =>
      events.findLast((event) => shortName(event) === 'state' && event.metadata.pool === pool)?.measurements
        .state,
  };
}
