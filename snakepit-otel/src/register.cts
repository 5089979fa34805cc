// Starts telemetry without code: `node --require snakepit-otel/register app.js`. The same as register.ts for CommonJS, which has no
// top-level `await`.
import { isMainThread } from 'node:worker_threads';
import { threadSettings } from './sdk/threads/thread-settings.js';

if (isMainThread) require('./start-registered.js');
else if (threadSettings() !== undefined) require('./start-registered-thread.js');
