import { ConfigurationError } from '../configuration-error.js';
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

const DEFAULTS: ResolvedGPUProfilerOptions = Object.freeze({
  intervalMs: 5000,
  enabled: true,
  source: 'auto',
  nvmlLibrary: DEFAULT_LIBRARY,
  timeoutMs: 10_000,
});

const MIN_MS = 100;
/** Timers take a longer time for 1 ms. */
const MAX_MS = 2_147_483_647;

/** @throws ConfigurationError for a value that cannot be used */
export function resolveOptions(options: GPUProfilerOptions): ResolvedGPUProfilerOptions {
  return {
    intervalMs:
      options.intervalMs === undefined ? intervalFromEnvironment() : checkInterval(options.intervalMs),
    enabled: checkEnabled(options.enabled ?? DEFAULTS.enabled),
    source: checkSource(options.source),
    nvmlLibrary: checkLibrary(
      options.nvmlLibrary ?? environment('SNAKEPIT_OTEL_NVML_LIBRARY') ?? DEFAULTS.nvmlLibrary,
    ),
    timeoutMs: checkMs('timeoutMs', options.timeoutMs ?? DEFAULTS.timeoutMs),
  };
}

/** @throws ConfigurationError unless `value` is a whole number of ms that timers can do */
export const checkInterval = (value: unknown): number => checkMs('intervalMs', value);

function intervalFromEnvironment(): number {
  const value = environment('SNAKEPIT_OTEL_GPU_INTERVAL_MS');
  return value === undefined
    ? DEFAULTS.intervalMs
    : checkMs('SNAKEPIT_OTEL_GPU_INTERVAL_MS', value, Number(value));
}

function checkSource(value?: unknown): GpuSourceName | GpuSource {
  if (isSource(value)) return value;
  if (value !== undefined) return checkSourceName('source', value);
  const fromEnvironment = environment('SNAKEPIT_OTEL_GPU_SOURCE');
  return fromEnvironment === undefined
    ? DEFAULTS.source
    : checkSourceName('SNAKEPIT_OTEL_GPU_SOURCE', fromEnvironment);
}

function checkSourceName(setting: string, value: unknown): GpuSourceName {
  const name = GPU_SOURCE_NAMES.find((known) => known === value);
  if (name === undefined) throw new ConfigurationError(setting, value, GPU_SOURCE_NAMES.join(', '));
  return name;
}

function checkMs(setting: string, value: unknown, ms = value): number {
  if (typeof ms === 'number' && Number.isInteger(ms) && ms >= MIN_MS && ms <= MAX_MS) return ms;
  throw new ConfigurationError(setting, value, `a whole number of milliseconds from ${MIN_MS} to ${MAX_MS}`);
}

function checkEnabled(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConfigurationError('enabled', value, 'true, false');
}

function checkLibrary(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new ConfigurationError('nvmlLibrary', value, 'a path, or the name of a library');
}

const isSource = (value: unknown): value is GpuSource =>
  typeof value === 'object' && value !== null && 'sample' in value && typeof value.sample === 'function';

/** As OpenTelemetry has it, an empty variable is an unset one. */
const environment = (name: string): string | undefined => process.env[name]?.trim() || undefined;
