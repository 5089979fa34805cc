import { trace } from '@opentelemetry/api';
import { onTestFinished } from 'vitest';
import { subscribe } from '../../src/bus/bus.js';

const NAMES = ['spawn_started', 'spawned', 'spawn_failed', 'terminated'].map((name) => `pool.worker.${name}`);

/** Records the events of threads and child processes until the end of the test, with the active span. */
export function recordWorkerEvents() {
  const events: { name: string; values: Record<string, unknown>; spanId: string | undefined }[] = [];
  const unsubscribe = [...NAMES, 'worker.crash'].map((name) =>
    subscribe(`snakepit.${name}`, ({ measurements, metadata }) => {
      const spanId = trace.getActiveSpan()?.spanContext().spanId;
      events.push({ name, values: { ...measurements, ...metadata }, spanId });
    }),
  );
  onTestFinished(() => {
    for (const each of unsubscribe) each();
  });
  return {
    events,
    names: () => events.map(({ name }) => name),
    values: () => events.map(({ values }) => values),
  };
}
