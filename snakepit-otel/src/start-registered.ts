import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import {
  activeInstrumentation,
  hasErrorCode,
  isConfigurationError,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { startTelemetry, type TelemetryOptions } from './index.js';

/** A worker thread exports spans only: the main thread has the metrics page, the inputs, the GPUs and the metrics of the process. */
const options: TelemetryOptions = isMainThread ? {} : { metrics: [], logs: [], gpu: false, inputs: {} };

// Starts once, even if it is loaded both as an ES module and as CommonJS.
if (activeInstrumentation.owner === undefined) {
  const print = (error: Error) => process.stderr.write(`snakepit-otel: ${error.message}\n`);
  try {
    startTelemetry(options).ready.catch((error: Error) => {
      if (!isExpected(error)) print(error);
    });
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    // A configuration error never stops the application; it runs without telemetry.
    print(error);
  }
}

/** A fork inherits the arguments of its parent, which has the port. A worker of a cluster has printed a line already. */
function isExpected(error: Error): boolean {
  const isPortInUse = hasErrorCode(error.cause, 'EADDRINUSE');
  return isPortInUse && (cluster.isWorker || process.send !== undefined);
}
