// Compares an event without subscribers to a bare channel check that builds the same two objects.
import { channel as openChannel } from 'node:diagnostics_channel';
import { execute } from 'opentelemetry-instrumentation-snakepit';
import { compare, report } from '../compare.mjs';

const channel = openChannel('bench.unobserved');

const times = await compare(
  {
    'channel.hasSubscribers': (i) => {
      const measurements = { failure_count: i };
      const metadata = { pool: 'default', reason: 'failures' };
      if (channel.hasSubscribers) channel.publish({ name: channel.name, measurements, metadata });
    },
    execute: (i) => {
      execute(
        'snakepit.circuit_breaker.opened',
        { failure_count: i },
        { pool: 'default', reason: 'failures' },
      );
    },
  },
  { calls: 1_000_000 },
);

report([
  {
    title: 'event without subscribers',
    target: 2,
    baseline: 'channel.hasSubscribers',
    ours: 'execute',
    times,
  },
]);
