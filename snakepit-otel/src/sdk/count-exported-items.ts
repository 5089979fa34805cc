import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ExportSignal } from './export-signal.js';
import { ForwardedRequest } from './forwarding/forwarded-request.js';

/** Event that reports exports. */
export const EXPORT_EVENT = 'snakepit.telemetry.export.finished';

/** Numbers of items in an export. */
export interface ItemCount {
  readonly total: number;
  /** Items that no later export makes up for. */
  readonly delta: number;
  /** Items that report exports. */
  readonly own: number;
  /** True for a request of another process. */
  readonly isForwarded?: boolean;
}

/** Value of `AggregationTemporality.DELTA`. */
const DELTA = 0;

/** Counts the items of an export. */
export function countItems(signal: ExportSignal, items: unknown): ItemCount {
  if (items instanceof ForwardedRequest)
    return { total: items.length, delta: items.length, own: 0, isForwarded: true };
  if (signal !== 'metrics') {
    const list = items as readonly { readonly eventName?: string }[];
    const own = signal === 'logs' ? list.filter(({ eventName }) => eventName === EXPORT_EVENT).length : 0;
    return { total: list.length, delta: list.length, own };
  }
  const metrics = (items as ResourceMetrics).scopeMetrics.flatMap((scope) => scope.metrics);
  const count = (chosen: typeof metrics) =>
    chosen.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
  return {
    total: count(metrics),
    delta: count(metrics.filter(({ aggregationTemporality }) => aggregationTemporality === DELTA)),
    own: 0,
  };
}
