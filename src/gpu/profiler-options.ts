import { isAbsolute } from 'node:path';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { enumParser, millisecondsParser, parseBoolean, parseText } from '../configuration/parse.js';
import { readSetting, type Setting, setting } from '../configuration/setting.js';
import { GPU_SOURCE_NAMES, type GpuSourceName, isSource } from './choose-source.js';
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
   * Program that the source `nvidia-smi` runs: an absolute path.
   * @default the first of that name in an absolute folder of `PATH` or in the folders of drivers, such as /usr/lib/wsl/lib
   * Env: SNAKEPIT_OTEL_NVIDIA_SMI
   */
  readonly nvidiaSmi?: string;
  /**
   * Time limit of a sample, ms, at least 100. Programs started for a sample are killed at the limit. nvidia-smi takes seconds
   * on hosts with many GPUs, or with GPUs that have to wake up: its first answer is awaited for six times as long, while samples fail.
   * @default 10000
   * Env: SNAKEPIT_OTEL_GPU_TIMEOUT_MS
   */
  readonly timeoutMs?: number;
}

/** Options with their defaults. Without `nvidiaSmi`, the program is searched for. */
export type ResolvedGpuProfilerOptions = Required<Omit<GpuProfilerOptions, 'nvidiaSmi'>> &
  Pick<GpuProfilerOptions, 'nvidiaSmi'>;

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
  nvidiaSmi: setting<string | undefined>(
    'SNAKEPIT_OTEL_NVIDIA_SMI',
    parseAbsolutePath,
    undefined,
    'program that the source nvidia-smi runs: an absolute path',
  ),
  timeoutMs: setting(
    'SNAKEPIT_OTEL_GPU_TIMEOUT_MS',
    millisecondsParser(MIN_MS),
    10_000,
    'time limit of a GPU sample and of hardware detection, ms',
  ),
} satisfies { readonly [K in keyof GpuProfilerOptions]-?: Setting<ResolvedGpuProfilerOptions[K]> };

/** @throws ConfigurationError for an invalid value */
export const resolveOptions = (options: GpuProfilerOptions): ResolvedGpuProfilerOptions => ({
  intervalMs: settingOf('intervalMs', options),
  enabled: settingOf('enabled', options),
  source: settingOf('source', options),
  ...resolveSourceSettings(options),
});

/** @throws ConfigurationError for an invalid value */
export const resolveSourceSettings = (options: GpuProfilerOptions) => ({
  nvmlLibrary: settingOf('nvmlLibrary', options),
  nvidiaSmi: settingOf('nvidiaSmi', options),
  timeoutMs: settingOf('timeoutMs', options),
});

function settingOf<K extends keyof GpuProfilerOptions>(
  name: K,
  options: GpuProfilerOptions,
): ResolvedGpuProfilerOptions[K] {
  const option = PROFILER_SETTINGS[name] as Setting<ResolvedGpuProfilerOptions[K]>;
  const given = options[name];
  const code = given === undefined ? undefined : { value: given, source: name };
  return readSetting(option, { code, environment: process.env }) ?? option.default;
}

/** @throws ConfigurationError unless `value` is a whole number of ms that timers support */
export const checkInterval = (value: unknown): number =>
  PROFILER_SETTINGS.intervalMs.parse(value, 'intervalMs');

function nameOrSource(value: unknown, setting: string): GpuSourceName | GpuSource {
  return isSource(value) ? value : enumParser(GPU_SOURCE_NAMES)(value, setting);
}

/** @throws ConfigurationError unless `value` is an absolute path */
function parseAbsolutePath(value: unknown, setting: string): string {
  const path = parseText(value, setting);
  if (!isAbsolute(path)) throw new ConfigurationError(setting, value, 'an absolute path');
  return path;
}
