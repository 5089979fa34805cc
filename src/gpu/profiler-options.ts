import { isAbsolute } from 'node:path';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from '../configuration/options.js';
import { enumParser, millisecondsParser, parseBoolean, parseText } from '../configuration/parse.js';
import { readSetting, type Setting, setting } from '../configuration/setting.js';
import { GPU_SOURCE_NAMES, type GpuSourceName } from './choose-source.js';
import { KUBELET_SOCKET } from './pods/kubelet.js';
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
   * Source of readings. `auto` selects the first of `tegra`, `nvml`, `nvidia-smi`, `amdgpu`, `intel` and `apple` that this
   * host has.
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
   * Program that the source `nvidia-smi` runs: an absolute path. Without it, the program is searched for in the absolute folders of
   * `PATH` and in the folders of drivers, such as /usr/lib/wsl/lib.
   * @default none
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
  /**
   * Socket of the kubelet's PodResources API, which reports the pods that hold GPUs: an absolute path. `none` to not ask it. Not used
   * if there is no such socket.
   * @default '/var/lib/kubelet/pod-resources/kubelet.sock'
   * Env: SNAKEPIT_OTEL_KUBELET_SOCKET
   */
  readonly kubeletSocket?: string;
}

/** Options with their defaults. Without `nvidiaSmi`, the program is searched for. */
export type ResolvedGpuProfilerOptions = Required<Omit<GpuProfilerOptions, 'nvidiaSmi'>> &
  Pick<GpuProfilerOptions, 'nvidiaSmi'>;

const MIN_MS = 100;
/** Value of `kubeletSocket` that leaves the kubelet alone. */
export const NO_KUBELET = 'none';

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
  kubeletSocket: setting(
    'SNAKEPIT_OTEL_KUBELET_SOCKET',
    parseKubeletSocket,
    KUBELET_SOCKET,
    'socket of the kubelet’s PodResources API, which reports the pods that hold GPUs: an absolute path, or none',
  ),
} satisfies { readonly [K in keyof GpuProfilerOptions]-?: Setting<ResolvedGpuProfilerOptions[K]> };

const PARSERS: OptionParsers<GpuProfilerOptions> = {
  intervalMs: PROFILER_SETTINGS.intervalMs.parse,
  enabled: PROFILER_SETTINGS.enabled.parse,
  source: PROFILER_SETTINGS.source.parse,
  nvmlLibrary: PROFILER_SETTINGS.nvmlLibrary.parse,
  nvidiaSmi: parseAbsolutePath,
  timeoutMs: PROFILER_SETTINGS.timeoutMs.parse,
  kubeletSocket: parseKubeletSocket,
};

/** @throws ConfigurationError for an unknown option or an invalid value */
export function resolveOptions(options: GpuProfilerOptions): ResolvedGpuProfilerOptions {
  const given = parseOptions<GpuProfilerOptions>('GPUProfiler', options, PARSERS);
  return {
    intervalMs: settingOf('intervalMs', given),
    enabled: settingOf('enabled', given),
    source: settingOf('source', given),
    kubeletSocket: settingOf('kubeletSocket', given),
    ...sourceSettings(given),
  };
}

/** Options of the sources of readings. */
export type GpuSourceOptions = Pick<GpuProfilerOptions, 'timeoutMs' | 'nvmlLibrary' | 'nvidiaSmi'>;

/**
 * @param owner the function that has the options, for messages
 * @throws ConfigurationError for an unknown option or an invalid value
 */
export function resolveSourceOptions(owner: string, options: GpuSourceOptions) {
  const { nvmlLibrary, nvidiaSmi, timeoutMs } = PARSERS;
  return sourceSettings(
    parseOptions<GpuSourceOptions>(owner, options, { nvmlLibrary, nvidiaSmi, timeoutMs }),
  );
}

const sourceSettings = (given: GpuSourceOptions) => ({
  nvmlLibrary: settingOf('nvmlLibrary', given),
  nvidiaSmi: settingOf('nvidiaSmi', given),
  timeoutMs: settingOf('timeoutMs', given),
});

/** @param given options that were parsed */
function settingOf<K extends keyof GpuProfilerOptions>(
  name: K,
  given: GpuProfilerOptions,
): ResolvedGpuProfilerOptions[K] {
  const option = PROFILER_SETTINGS[name] as Setting<ResolvedGpuProfilerOptions[K]>;
  if (given[name] !== undefined) return given[name] as ResolvedGpuProfilerOptions[K];
  return readSetting(option, { code: undefined, environment: process.env }) ?? option.default;
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

/** @throws ConfigurationError unless `value` is an absolute path */
function parseAbsolutePath(value: unknown, setting: string): string {
  const path = parseText(value, setting);
  if (!isAbsolute(path)) throw new ConfigurationError(setting, value, 'an absolute path');
  return path;
}

/** @throws ConfigurationError unless `value` is an absolute path or `none` */
function parseKubeletSocket(value: unknown, setting: string): string {
  const path = parseText(value, setting);
  if (path !== NO_KUBELET && !isAbsolute(path))
    throw new ConfigurationError(setting, value, `an absolute path, ${NO_KUBELET}`);
  return path;
}
