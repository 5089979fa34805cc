// Starts telemetry without code: `node --import snakepit-otel/register app.js`, or `node --require` for CommonJS.
import { activeInstrumentation, isConfigurationError } from 'opentelemetry-instrumentation-snakepit/internal';
import { startTelemetry } from './index.js';

// Starts once, even if it is loaded both as an ES module and as CommonJS.
if (activeInstrumentation.owner === undefined) {
  const print = (error: Error) => process.stderr.write(`snakepit-otel: ${error.message}\n`);
  try {
    startTelemetry().ready.catch(print);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    // A configuration error never stops the application; it runs without telemetry.
    print(error);
  }
}
