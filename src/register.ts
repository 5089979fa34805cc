// Zero code: `node --import opentelemetry-instrumentation-snakepit/register app.js`, or `node -r` in CommonJS.

import { registry } from './common/process-state.js';
import { ConfigurationError } from './configuration/configuration-error.js';
import { startTelemetry } from './sdk/index.js';

// Loaded as ES module and as CommonJS, it starts once.
if (registry.active === undefined) {
  const tell = (error: Error) =>
    process.stderr.write(`opentelemetry-instrumentation-snakepit: ${error.message}\n`);
  try {
    startTelemetry().ready.catch(tell);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // The application is not to blame, and runs without telemetry.
    tell(error);
  }
}
