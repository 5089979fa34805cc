import { gpuUsageTracker } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Components } from './components.js';
import { EXPORT_LIMIT_MS, logRejections, resourceComplete, withExportLimit } from './export-limit.js';

/** Exports everything that is queued, within `limitMs`. Never rejects. */
export const flush = (components: Components, limitMs = EXPORT_LIMIT_MS): Promise<void> =>
  withExportLimit(components.accounting, exportQueued(components), limitMs);

async function exportQueued({ accounting, forwarding, providers, threads }: Components): Promise<void> {
  gpuUsageTracker().flush();
  threads?.drain();
  await resourceComplete(providers.resource);
  await logRejections([...providers.all.map((provider) => provider.forceFlush()), forwarding.drained()]);
  await accounting.settled();
}

/** Exports metrics now, which loses nothing if it fails: a later export makes up for it. */
export const flushMetrics = ({ providers: { meterProvider } }: Components): Promise<void> =>
  logRejections([meterProvider?.forceFlush()]);
