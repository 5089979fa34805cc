import { enumParser, millisecondsParser, parseBoolean, parseText } from '../configuration/parse.js';
import { readSetting, type Setting, setting } from '../configuration/setting.js';
import { GPU_SOURCE_NAMES, type GpuSourceName } from './choose-source.js';
import type { GpuSource } from './source.js';
import { DEFAULT_LIBRARY } from './sources/nvml/library.js';

export interface GPUProfilerOptions {
  /**
   * Time between samples, ms, at least 100.
   * @default 5000
   * Env: SNAKEPIT_OTEL_GPU_INTERVAL_MS
   */
  readonly intervalMs?: number;
  /**
   * Whether to sample from the start, the first time at once. `sampleNow()` works either way.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * What to read GPUs with: `auto` takes the first of `nvml`, `nvidia-smi`, `amdgpu`, `intel` and `apple` that this host has.
   * A source of your own is closed together with the profiler.
   * @default 'auto'
   * Env: SNAKEPIT_OTEL_GPU_SOURCE
   */
  readonly source?: GpuSourceName | GpuSource;
  /**
   * What the source `nvml` loads: the path of NVIDIA's library, or a name for the loader to find.
   * @default 'libnvidia-ml.so.1' ('nvml.dll' on Windows)
   * Env: SNAKEPIT_OTEL_NVML_LIBRARY
   */
  readonly nvmlLibrary?: string;
  /**
   * How long a sample may take, ms, at least 100. Generous, since nvidia-smi needs seconds where GPUs are many or
   * have to wake up; what is started for a sample is killed at the end of it.
   * @default 10000
   */
  readonly timeoutMs?: number;
}

export type ResolvedGPUProfilerOptions = Required<GPUProfilerOptions>;

const MIN_MS = 100;

/** What each option may be, its default, and its variable. */
export const PROFILER_SETTINGS = {
  intervalMs: setting(
    'SNAKEPIT_OTEL_GPU_INTERVAL_MS',
    millisecondsParser(MIN_MS),
    5000,
    'time between samples of GPUs, ms',
  ),
  enabled: setting(undefined, parseBoolean, true, 'whether to sample from the start'),
  source: setting(
    'SNAKEPIT_OTEL_GPU_SOURCE',
    nameOrSource,
    'auto',
    `what GPUs are read with: ${GPU_SOURCE_NAMES.join(', ')}`,
  ),
  nvmlLibrary: setting(
    'SNAKEPIT_OTEL_NVML_LIBRARY',
    parseText,
    DEFAULT_LIBRARY,
    'what the source nvml loads: a path, or a name for the loader to find',
  ),
  timeoutMs: setting(undefined, millisecondsParser(MIN_MS), 10_000, 'how long a sample may take, ms'),
} satisfies { readonly [K in keyof GPUProfilerOptions]-?: Setting<ResolvedGPUProfilerOptions[K]> };

/** @throws ConfigurationError for a value that cannot be used */
export function resolveOptions(options: GPUProfilerOptions): ResolvedGPUProfilerOptions {
  const value = <K extends keyof GPUProfilerOptions>(name: K): ResolvedGPUProfilerOptions[K] => {
    const option = PROFILER_SETTINGS[name] as Setting<ResolvedGPUProfilerOptions[K]>;
    const given = options[name];
    const code = given === undefined ? undefined : { value: given, source: name };
    return readSetting(option, { code, environment: process.env }) ?? option.default;
  };
  return {
    intervalMs: value('intervalMs'),
    enabled: value('enabled'),
    source: value('source'),
    nvmlLibrary: value('nvmlLibrary'),
    timeoutMs: value('timeoutMs'),
  };
}

/** @throws ConfigurationError unless `value` is a whole number of ms that timers can do */
export const checkInterval = (value: unknown): number =>
  PROFILER_SETTINGS.intervalMs.parse(value, 'intervalMs');

function nameOrSource(value: unknown, setting: string): GpuSourceName | GpuSource {
  return isSource(value) ? value : enumParser(GPU_SOURCE_NAMES)(value, setting);
}

const isSource = (value: unknown): value is GpuSource =>
  typeof value === 'object' && value !== null && 'sample' in value && typeof value.sample === 'function';
