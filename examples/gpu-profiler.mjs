// Samples GPUs without an SDK or exporter.
//   node examples/gpu-profiler.mjs
import { attach, GPUProfiler } from 'opentelemetry-instrumentation-snakepit';

attach('print', 'snakepit.gpu.memory.sampled', ({ measurements, metadata }) => {
  const percent = (measurements.used_mb / measurements.total_mb) * 100;
  console.log(`GPU ${metadata.device}: ${percent.toFixed(1)}% memory used`);
});

const profiler = new GPUProfiler({ intervalMs: 5000, enabled: false });
try {
  const readings = await profiler.sampleNow();
  console.log(`${readings.length} GPUs read`);
} catch (error) {
  console.log(error.code === 'SNAKEPIT_NO_GPU' ? 'no GPU on this host' : error.message);
}
console.log(profiler.getStats());
await profiler.shutdown();
