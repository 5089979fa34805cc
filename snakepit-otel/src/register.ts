// Starts telemetry without code: `node --import snakepit-otel/register app.js`. For `node --require`, see register.cts.
import { isMainThread } from 'node:worker_threads';

// Worker threads inherit `--import`. An SDK in each of them would cost time and memory, and count everything apart.
if (isMainThread || process.env.SNAKEPIT_OTEL_WORKER_THREADS === 'true')
  await import('./start-registered.js');
