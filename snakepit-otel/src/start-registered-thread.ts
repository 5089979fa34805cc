import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import { printWarning } from './sdk/print-warning.js';
import { startThread } from './sdk/threads/start-thread.js';
import { threadSettings } from './sdk/threads/thread-settings.js';

const settings = threadSettings();
try {
  if (settings !== undefined) startThread(settings);
} catch (error) {
  // No error stops the thread; it runs without telemetry.
  printWarning(errorMessage(error));
}
