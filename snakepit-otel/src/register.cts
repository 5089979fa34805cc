// Starts telemetry without code: `node --require snakepit-otel/register app.js`. The same as register.ts for CommonJS, which has no
// top-level `await`.
import { isMainThread } from 'node:worker_threads';

if (isMainThread || process.env.SNAKEPIT_OTEL_WORKER_THREADS === 'true') require('./start-registered.js');
