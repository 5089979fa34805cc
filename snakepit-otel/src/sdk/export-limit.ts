import type { Resource } from '@opentelemetry/resources';
import { warnOnce, withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import type { ExportAccounting } from './export-accounting.js';

/** Time limit of the exports of a shutdown or flush, ms: with what follows, it takes less than 5 s. */
export const EXPORT_LIMIT_MS = 4500;
/** Time limit for the exporters to end once they are aborted, ms. */
const ABORT_LIMIT_MS = 200;
/** Time limit for the detection of the resource, ms. */
const RESOURCE_LIMIT_MS = 1000;

/** Ends the exporters' work at the limit: their retries and sockets would keep the process alive. */
export async function withExportLimit(
  accounting: ExportAccounting,
  work: Promise<void>,
  limitMs: number,
): Promise<void> {
  // A retry may wait longer than the limit.
  const endHurry = accounting.hurry();
  const inTime = await withTimeout(limitMs, work.then(returnTrue), false).finally(endHurry);
  if (!inTime) await accounting.abort(withTimeout(ABORT_LIMIT_MS, work, undefined));
}

/**
 * Waits until the resource is complete. Batch processors take what is queued, and hold it until then, where a process that exits
 * would not find it.
 */
export const resourceComplete = (resource: Resource): Promise<void> =>
  withTimeout(RESOURCE_LIMIT_MS, Promise.resolve(resource.waitForAsyncAttributes?.()), undefined);

/** Waits for all promises and logs each rejection. */
export async function logRejections(promises: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === 'rejected') warnOnce(`Export failed: ${result.reason?.message ?? result.reason}`);
  }
}

const returnTrue = () => true;
