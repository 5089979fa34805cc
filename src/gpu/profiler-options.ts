import { ConfigurationError } from '../configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from '../configuration/options.js';
import { enumParser, millisecondsParser, parseBoolean, parseText } from '../configuration/parse.js';
import { readSetting, type Setting, setting } from '../configuration/setting.js';
import { GPU_SOURCE_NAMES, type GpuSourceName } from './choose-source.js';
import type { GpuSource } from './source.js';
import { DEFAULT_LIBRARY } from './sources/nvml/library.js';

/** Options of {@link GPUProfiler}. Options in code win over environment variables. */
export interface GpuProfilerOptions {
  /**
   * Time between samples, ms, at least 100.
   * @default 5000
   * Env: SNAKEPIT_OTEL_GPU_INTERVAL_MS
   */
  readonly intervalMs?: number;
  /**
   * True to start sampling at once. `sampleNow()` works either way.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Source of readings. `auto` selects the first of `nvml`, `nvidia-smi`, `amdgpu`, `intel` and `apple` that this host has.
   * A source of your own is closed together with the profiler.
   * @default 'auto'
   * Env: SNAKEPIT_OTEL_GPU_SOURCE
   */
  readonly source?: GpuSourceName | GpuSource;
  /**
   * Library that the source `nvml` loads: a path, or a name for the loader to find.
   * @default 'libnvidia-ml.so.1' ('nvml.dll' on Windows)
   * Env: SNAKEPIT_OTEL_NVML_LIBRARY
   */
  readonly nvmlLibrary?: string;
  /**
   * Time limit of a sample, ms, at least 100. Programs started for a sample are killed at the limit. nvidia-smi takes seconds
   * on hosts with many GPUs, or with GPUs that have to wake up.
   * @default 10000
   */
  readonly timeoutMs?: number;
}

export type ResolvedGpuProfilerOptions = Required<GpuProfilerOptions>;

const MIN_MS = 100;

/** Environment variable, parser, default and description of each option. */
export const PROFILER_SETTINGS = {
  intervalMs: setting(
    'SNAKEPIT_OTEL_GPU_INTERVAL_MS',
    millisecondsParser(MIN_MS),
    5000,
    'time between samples of GPUs, ms',
  ),
  enabled: setting(undefined, parseBoolean, true, 'true to start sampling at once'),
  source: setting(
    'SNAKEPIT_OTEL_GPU_SOURCE',
    nameOrSource,
    'auto',
    `source of GPU readings: ${GPU_SOURCE_NAMES.join(', ')}`,
  ),
  nvmlLibrary: setting(
    'SNAKEPIT_OTEL_NVML_LIBRARY',
    parseText,
    DEFAULT_LIBRARY,
    'library that the source nvml loads: a path, or a name for the loader to find',
  ),
  timeoutMs: setting(undefined, millisecondsParser(MIN_MS), 10_000, 'time limit of a sample, ms'),
} satisfies { readonly [K in keyof GpuProfilerOptions]-?: Setting<ResolvedGpuProfilerOptions[K]> };

const PARSERS: OptionParsers<GpuProfilerOptions> = {
  intervalMs: PROFILER_SETTINGS.intervalMs.parse,
  enabled: PROFILER_SETTINGS.enabled.parse,
  source: PROFILER_SETTINGS.source.parse,
  nvmlLibrary: PROFILER_SETTINGS.nvmlLibrary.parse,
  timeoutMs: PROFILER_SETTINGS.timeoutMs.parse,
};

/** @throws ConfigurationError for an unknown option or an invalid value */
export function resolveOptions(options: GpuProfilerOptions): ResolvedGpuProfilerOptions {
  const given = parseOptions<GpuProfilerOptions>('GPUProfiler', options, PARSERS);
  const value = <K extends keyof GpuProfilerOptions>(name: K): ResolvedGpuProfilerOptions[K] => {
    const option = PROFILER_SETTINGS[name] as Setting<ResolvedGpuProfilerOptions[K]>;
    if (name in given) return given[name] as ResolvedGpuProfilerOptions[K];
    return readSetting(option, { code: undefined, environment: process.env }) ?? option.default;
  };
  return {
    intervalMs: value('intervalMs'),
    enabled: value('enabled'),
    source: value('source'),
    nvmlLibrary: value('nvmlLibrary'),
    timeoutMs: value('timeoutMs'),
  };
}

/** @throws ConfigurationError unless `value` is a whole number of ms that timers support */
export const checkInterval = (value: unknown): number =>
  PROFILER_SETTINGS.intervalMs.parse(value, 'intervalMs');

function nameOrSource(value: unknown, setting: string): GpuSourceName | GpuSource {
  return typeof value === 'object' && value !== null
    ? checkSource(value, setting)
    : enumParser(GPU_SOURCE_NAMES)(value, setting);
}

/** @throws ConfigurationError unless an object has the members of a source */
function checkSource(source: object, setting: string): GpuSource {
  const { name, sample, close, sampleFast, setSamplingInterval } = source as Partial<GpuSource>;
  const isMethod = (member: unknown) => typeof member === 'function';
  const problem = [
    typeof name !== 'string' && 'name',
    !isMethod(sample) && 'sample()',
    !isMethod(close) && 'close()',
    sampleFast !== undefined && !isMethod(sampleFast) && 'sampleFast()',
    setSamplingInterval !== undefined && !isMethod(setSamplingInterval) && 'setSamplingInterval()',
  ].find((member) => member !== false);
  if (problem === undefined) return source as GpuSource;
  const allowed = `${GPU_SOURCE_NAMES.join(', ')}, or an object with name, sample() and close()`;
  throw new ConfigurationError(setting, `object without a valid ${problem}`, allowed);
}
