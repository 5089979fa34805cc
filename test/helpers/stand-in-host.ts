import type { ChildProcess } from 'node:child_process';
import { fakeNvml, fullFakeGpu } from '../fakes/nvml.js';
import { runModule } from './child.js';

/** `service.name` of the host. */
export const STAND_IN = 'snakepit-stand-in';

/**
 * Runs a host with what the demo cannot have: GPUs that report everything, by a fake of NVIDIA's library, and runs of models, by
 * events that it publishes itself.
 *
 * @returns a function that ends the host and waits for its last export
 */
export async function startStandIn(env: Readonly<Record<string, string>>): Promise<() => Promise<void>> {
  const nvml = await fakeNvml({
    gpus: [
      fullFakeGpu(0, { xids: [31] }),
      // A code that NVML does not define: reading fails.
      fullFakeGpu(1, { returns: { nvmlDeviceGetPowerUsage: 999 } }),
    ],
  });
  let child: ChildProcess | undefined;
  const host = runModule(
    `import { setTimeout as sleep } from 'node:timers/promises';
     import { execute } from 'opentelemetry-instrumentation-snakepit';
     import { startTelemetry } from 'snakepit-otel';
     const telemetry = startTelemetry({
       serviceName: '${STAND_IN}', traces: ['none'], metrics: ['otlp'], logs: ['none'], metricExportIntervalMs: 500,
       gpu: true, gpuSource: 'nvml', gpuIntervalMs: 500,
     });
     await telemetry.ready;
     let ended = false;
     process.stdin.resume().once('end', () => { ended = true; });
     console.log('started');
     const model = { model: 'tiny-llm', provider: 'cuda' };
     execute('snakepit.model.load.stop', { duration: 2e9 }, model);
     while (!ended) {
       execute('snakepit.inference.stop', {
         duration: 5e7, queue_time: 1e6, compute_time: 4e7, batch_size: 8, input_tokens: 100, output_tokens: 20, time_to_first_token: 2e7,
       }, model);
       execute('snakepit.inference.exception', { duration: 1e6 }, { ...model, reason: 'out of memory', error_type: 'RuntimeError' });
       await sleep(100);
     }
     await telemetry.shutdown();`,
    {
      env: { ...env, SNAKEPIT_OTEL_NVML_LIBRARY: nvml.library },
      onOutput: (_, process) => {
        child = process;
      },
    },
  );
  return async () => {
    child?.stdin?.end();
    const { code, stderr } = await host;
    await nvml.remove();
    if (code !== 0 || stderr !== '') throw new Error(`The host exited with ${code}: ${stderr}`);
  };
}
