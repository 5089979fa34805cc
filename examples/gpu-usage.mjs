// Records the GPU usage of an operation as attributes of its span: see docs/gpu-usage.md.
//   node examples/gpu-usage.mjs
import { GPUProfiler, span } from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';

const telemetry = startTelemetry({ traces: ['console'], metrics: ['none'], logs: ['none'] });
const profiler = new GPUProfiler({ intervalMs: 100 });

await span('inference', { model: 'resnet' }, () => new Promise((resolve) => setTimeout(resolve, 300)), {
  gpu: 'auto',
});

await profiler.shutdown();
await telemetry.shutdown();
