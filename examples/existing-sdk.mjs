// Registers the instrumentation with an SDK 2.x that the application has.
//   node examples/existing-sdk.mjs

import { ConsoleMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { execute, SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';

const sdk = new NodeSDK({
  serviceName: 'existing-sdk',
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
  metricReaders: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
  instrumentations: [new SnakepitInstrumentation()],
});
sdk.start();

await span('inference', { pool: 'default', model: 'resnet' }, async () => {
  execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 100 }, { pool: 'default', operation: 'predict' });
});

await sdk.shutdown();
