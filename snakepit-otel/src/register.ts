// Starts telemetry without code: `node --import snakepit-otel/register app.js`. For `node --require`, see register.cts.
import { isMainThread } from 'node:worker_threads';
import { threadSettings } from './sdk/threads/thread-settings.js';

// Worker threads inherit `--import`. An SDK in each of them would cost time and memory, and count everything apart.
if (isMainThread) await import('./start-registered.js');
else if (threadSettings() !== undefined) await import('./start-registered-thread.js');
