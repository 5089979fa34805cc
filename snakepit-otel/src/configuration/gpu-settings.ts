import { isAbsolute } from 'node:path';
import type { GpuSource, GpuSourceName, SpanGpu } from 'opentelemetry-instrumentation-snakepit';
import {
  GPU_CONVENTIONS,
  GPU_SOURCE_NAMES,
  isSource,
  PROFILER_SETTINGS,
  SPAN_GPU,
  SPAN_GPU_VALUES,
} from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';
import { durationInFile } from './duration.js';
import { flag, oneOf, text, textOf } from './schemas.js';
import type { Schema, Setting } from './setting.js';

const ABSOLUTE_PATH = 'an absolute path';
const absolutePath = v.pipe(textOf(ABSOLUTE_PATH), v.check(isAbsolute, ABSOLUTE_PATH));
const KUBELET_SOCKET = 'an absolute path, none';
const kubeletSocket = v.pipe(
  v.string(KUBELET_SOCKET),
  v.check((value) => value === 'none' || isAbsolute(value), KUBELET_SOCKET),
);
const spanGpu = v.pipe(v.string(SPAN_GPU_VALUES), v.regex(SPAN_GPU, SPAN_GPU_VALUES)) as Schema<SpanGpu>;

/** Settings of the sampling of GPUs. */
export const GPU_SETTINGS = {
  gpu: {
    env: 'SNAKEPIT_OTEL_GPU',
    fileKey: 'gpu.enabled',
    schema: flag,
    default: false,
    description: 'sampling of the GPUs of this host',
  },
  gpuIntervalMs: {
    env: PROFILER_SETTINGS.intervalMs.env as string,
    fileKey: 'gpu.interval',
    ...durationInFile(100),
    default: PROFILER_SETTINGS.intervalMs.default,
    description: PROFILER_SETTINGS.intervalMs.description,
  },
  gpuSource: {
    env: PROFILER_SETTINGS.source.env as string,
    fileKey: 'gpu.source',
    schema: v.custom<GpuSourceName | GpuSource>(
      (value) => isSource(value) || GPU_SOURCE_NAMES.includes(value as GpuSourceName),
      GPU_SOURCE_NAMES.join(', '),
    ),
    // In a file a source is named; an object of the host's own exists only in code.
    fileSchema: oneOf(GPU_SOURCE_NAMES),
    default: PROFILER_SETTINGS.source.default,
    description: PROFILER_SETTINGS.source.description,
  },
  nvmlLibrary: {
    env: PROFILER_SETTINGS.nvmlLibrary.env as string,
    fileKey: 'gpu.nvml_library',
    schema: text,
    default: PROFILER_SETTINGS.nvmlLibrary.default,
    description: PROFILER_SETTINGS.nvmlLibrary.description,
  },
  nvidiaSmi: {
    env: PROFILER_SETTINGS.nvidiaSmi.env as string,
    fileKey: 'gpu.nvidia_smi',
    schema: absolutePath,
    default: PROFILER_SETTINGS.nvidiaSmi.default,
    description: PROFILER_SETTINGS.nvidiaSmi.description,
  },
  gpuTimeoutMs: {
    env: PROFILER_SETTINGS.timeoutMs.env as string,
    fileKey: 'gpu.timeout',
    ...durationInFile(100),
    default: PROFILER_SETTINGS.timeoutMs.default,
    description: PROFILER_SETTINGS.timeoutMs.description,
  },
  kubeletSocket: {
    env: PROFILER_SETTINGS.kubeletSocket.env as string,
    fileKey: 'kubelet_socket',
    schema: kubeletSocket,
    default: PROFILER_SETTINGS.kubeletSocket.default,
    description: PROFILER_SETTINGS.kubeletSocket.description,
  },
  gpuConventions: {
    env: 'SNAKEPIT_OTEL_GPU_CONVENTIONS',
    fileKey: 'gpu.conventions',
    schema: oneOf(GPU_CONVENTIONS),
    default: 'snakepit',
    description: `naming convention of GPU metrics: ${GPU_CONVENTIONS.join(', ')}`,
  },
  spanGpu: {
    env: 'SNAKEPIT_OTEL_SPAN_GPU',
    fileKey: 'span_gpu',
    schema: spanGpu,
    default: undefined,
    description: 'GPU whose usage is recorded on every span: auto, cuda:0, …; requires gpu',
  },
} satisfies Record<string, Setting<unknown, unknown>>;
