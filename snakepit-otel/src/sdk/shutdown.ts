import { gpuUsageTracker, withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Components } from './components.js';
import { EXPORT_LIMIT_MS, logRejections, resourceComplete, withExportLimit } from './export-limit.js';
import { printLoss } from './print-loss.js';

/** Time limit for the last sample of the GPUs, ms. */
const GPU_SHUTDOWN_LIMIT_MS = 1000;

/**
 * Exports everything that is queued, and stops. Never rejects.
 *
 * @param removeHooks removes the listeners of the end of the process
 */
export function shutDown(components: Components, removeHooks: () => void): Promise<void> {
  const { accounting, forwarding, unregister } = components;
  return withExportLimit(accounting, stop(components), EXPORT_LIMIT_MS).finally(() => {
    removeHooks();
    unregister();
    forwarding.stop();
    printLoss(accounting);
  });
}

async function stop(components: Components): Promise<void> {
  const { accounting, forwarding, inputs, page, profiler, providers, threads } = components;
  if (inputs.isActive) await inputs.stop();
  accounting.isEnding = true;
  if (profiler !== undefined) await withTimeout(GPU_SHUTDOWN_LIMIT_MS, profiler.shutdown(), undefined);
  gpuUsageTracker().flush();
  threads?.stop();
  await resourceComplete(providers.resource);
  // All at once: what does not end within the limit must not start anything after it.
  await logRejections([
    forwarding.drained(),
    ...providers.all.map((provider) => provider.shutdown()),
    page?.stop(),
  ]);
}
