import { onTestFinished } from 'vitest';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { catalogEvents } from '../../src/catalog/events/index.js';

const PREFIX = /^snakepit\.(circuit_breaker\.|(?=retry\.))/;

/** What breakers and retries publish until the end of the test: short names, without the states of pools. */
export function recordEvents() {
  const events: AnyEvent[] = [];
  const stops = catalogEvents
    .map(([name]) => name)
    .filter((name) => PREFIX.test(name))
    .map((name) => subscribe(name, (event) => events.push(event)));
  onTestFinished(() => {
    for (const stop of stops) stop();
  });
  const short = ({ name }: AnyEvent) => name.replace(PREFIX, '');
  const told = () => events.filter((event) => short(event) !== 'state');
  return {
    events,
    names: () => told().map(short),
    all: (name: string) => events.filter((event) => short(event) === name),
    /** The newest state of a pool, as told. */
    state: (pool: string) =>
      events.findLast((event) => short(event) === 'state' && event.metadata.pool === pool)?.measurements
        .state,
  };
}
