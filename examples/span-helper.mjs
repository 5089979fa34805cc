// Creates spans and publishes their events; spans nest, and errors are recorded and rethrown.
//   node examples/span-helper.mjs
import { attachMany, endSpan, span, startSpan } from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';

const telemetry = startTelemetry({ traces: ['console'], metrics: ['none'], logs: ['none'] });

attachMany('print', ['train.epoch.stop', 'train.epoch.exception'], ({ name, metadata }) => {
  console.log(`${name} epoch=${metadata.epoch}`);
});

await span('train', { model: 'resnet' }, async () => {
  await span('train.epoch', { epoch: 1 }, async () => {});
  await span('train.epoch', { epoch: 2 }, async () => {
    throw new RangeError('loss is not finite');
  }).catch((error) => console.log(`caught ${error.message}`));
});

const checkpoint = startSpan('train.checkpoint', { path: 'model.bin' });
endSpan(checkpoint, { bytes: 1024 });

await telemetry.shutdown();
