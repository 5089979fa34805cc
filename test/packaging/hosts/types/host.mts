import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  attach,
  counter,
  execute,
  GPUProfiler,
  metricDefinitions,
  SnakepitInstrumentation,
  span,
} from 'opentelemetry-instrumentation-snakepit';
import { publishWireEvent, workerContext } from 'opentelemetry-instrumentation-snakepit/bridge';
import { startTelemetry } from 'snakepit-otel';

declare module 'opentelemetry-instrumentation-snakepit' {
  interface EventMap {
    'myapp.batch.done': { measurements: { items: number }; metadata: { model?: string } };
  }
}

attach('typed', 'snakepit.gpu.memory.sampled', ({ measurements, metadata }) => {
  const used: number = measurements.used_mb;
  const device: string | null | undefined = metadata.device;
  // @ts-expect-error a misspelt measurement
  measurements.used_md;
  return [used, device];
});
attach('own', 'myapp.batch.done', ({ measurements }) => measurements.items.toFixed());

execute('myapp.batch.done', { items: 3 }, { model: 'resnet' });
// @ts-expect-error an undeclared event
execute('myapp.batch.dnoe', { items: 3 });
// @ts-expect-error a misspelled event of the catalog, with the ending of a span event
execute('snakepit.worker.strated.start', {});
execute('myapp.anything.start', {});
// @ts-expect-error a missing measurement
execute('snakepit.circuit_breaker.opened', {}, { pool: 'default' });
// @ts-expect-error metadata of the wrong type
execute('snakepit.circuit_breaker.opened', { failure_count: 1 }, { pool: 5 });

const done: Promise<number> = span('myapp.operation', { pool: 'default' }, async () => 1);
const now: string = span('myapp.operation', (otelSpan) => otelSpan.spanContext().traceId);

const instrumentation = new SnakepitInstrumentation({
  metrics: [
    ...metricDefinitions({ gpuConventions: 'both' }),
    { event: 'myapp.batch.done', ...counter('myapp.batches', { description: 'Batches', tags: ['model'] }) },
  ],
});
registerInstrumentations({ instrumentations: [instrumentation] });

await using telemetry = startTelemetry({ traces: ['otlp'], metrics: ['prometheus', 'otlp'] });
await using profiler = new GPUProfiler({ intervalMs: 5000 });
// @ts-expect-error an unknown exporter
startTelemetry({ traces: ['zipkin'] });

const result: string = publishWireEvent({ event: 'inference.stop' }, 'stream');
const { env, metadata, correlationId } = workerContext();
const variables: Record<string, string> = { ...env, ...metadata, id: correlationId };

console.log(done, now, telemetry, profiler, result, variables);
