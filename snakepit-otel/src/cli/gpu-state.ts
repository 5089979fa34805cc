import type { GPUProfiler } from 'opentelemetry-instrumentation-snakepit';
import {
  errorMessage,
  isSource,
  probeSources,
  withTimeout,
} from 'opentelemetry-instrumentation-snakepit/internal';
import type { OwnSettings } from '../configuration/settings.js';
import { remedyFor } from './fault-remedies.js';

/** Time that the start waits for the first sample, ms. */
const SAMPLE_LIMIT_MS = 3000;

/** What the first sample of the GPUs has shown. */
export interface GpuState {
  /** GPUs for people; why there are none. */
  readonly gpus: readonly string[];
  /** Why the source cannot be read, and what to do about it; absent if it can be, or if this host has no GPU. */
  readonly problem?: { readonly source: string; readonly cause: string; readonly remedy?: string };
}

/** Returns what the first sample shows, as far as it comes in time. */
export async function readGpuState(profiler: GPUProfiler, settings: OwnSettings): Promise<GpuState> {
  const source = typeof settings.gpuSource === 'string' ? settings.gpuSource : settings.gpuSource.name;
  const sample = profiler.sampleNow().then(
    (readings): GpuState => ({
      gpus: readings.map(({ device, name }) => (name === undefined ? device : `${device} ${name}`)),
    }),
    (error: Error & { readonly code?: string }) => explain(source, error, settings),
  );
  return withTimeout(SAMPLE_LIMIT_MS, sample, { gpus: ['not read yet'] });
}

async function explain(
  source: string,
  error: Error & { readonly code?: string },
  settings: OwnSettings,
): Promise<GpuState> {
  if (source === 'auto' && error.code === 'SNAKEPIT_NO_GPU') {
    return { gpus: ["none: 'snakepit-otel doctor' names the cause of each source"] };
  }
  const unavailable = await probeNamed(source, settings);
  const cause = unavailable?.reason ?? errorMessage(error.cause ?? error);
  const remedy = unavailable?.remedy ?? remedyFor(cause);
  return {
    gpus: ['none'],
    problem: { source, cause, ...(remedy !== undefined && { remedy }) },
  };
}

/** Returns why a source is not available; undefined if it is. */
async function probeNamed(source: string, { nvmlLibrary, nvidiaSmi, gpuTimeoutMs: timeoutMs }: OwnSettings) {
  const probes = await probeSources({
    nvmlLibrary,
    timeoutMs,
    ...(nvidiaSmi !== undefined && { nvidiaSmi }),
  });
  await Promise.all(probes.map(({ result }) => (isSource(result) ? result.close() : undefined)));
  const result = probes.find(({ name }) => name === source)?.result;
  return result === undefined || isSource(result) ? undefined : result;
}
