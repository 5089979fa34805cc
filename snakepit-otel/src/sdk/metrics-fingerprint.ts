import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Metrics about telemetry itself change with every export. */
const OWN_METRICS = 'snakepit.telemetry.';

/** The SDK sets the type, but does not declare it. */
interface InstrumentDescriptor {
  readonly name: string;
  readonly type?: string;
}

/** Returns a text that differs if a counter or histogram of the host counted something. */
export function metricsFingerprint(items: unknown): string {
  const metrics = (items as ResourceMetrics).scopeMetrics.flatMap((scope) => scope.metrics);
  return JSON.stringify(
    metrics
      .filter(({ descriptor: { name, type = '' } }: { descriptor: InstrumentDescriptor }) => {
        return !type.startsWith('OBSERVABLE') && !name.startsWith(OWN_METRICS);
      })
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => [attributes, value]),
      ]),
  );
}
