import cluster from 'node:cluster';
import {
  activeInstrumentation,
  errorMessage,
  hasErrorCode,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { startTelemetry } from './index.js';
import { printWarning } from './sdk/print-warning.js';

// Starts once, even if it is loaded both as an ES module and as CommonJS.
if (activeInstrumentation.owner === undefined) {
  try {
    startTelemetry().ready.catch((error) => {
      if (!isExpected(error)) printWarning(errorMessage(error));
    });
  } catch (error) {
    // No error stops the application; it runs without telemetry.
    printWarning(errorMessage(error));
  }
}

/** A fork inherits the arguments of its parent, which has the port. A worker of a cluster has printed a line already. */
function isExpected(error: { readonly cause?: unknown }): boolean {
  const isPortInUse = hasErrorCode(error.cause, 'EADDRINUSE');
  return isPortInUse && (cluster.isWorker || process.send !== undefined);
}
