import type { GpuSource, SourceUnavailable } from './source.js';
import { AmdgpuSource, amdgpuUnavailable } from './sources/amdgpu/amdgpu-source.js';
import { AppleSource, appleUnavailable } from './sources/apple.js';
import { IntelSource, intelUnavailable } from './sources/intel/intel-source.js';
import { NvidiaSmiSource, nvidiaSmiUnavailable } from './sources/nvidia-smi/nvidia-smi-source.js';
import { NvmlSource } from './sources/nvml/nvml-source.js';
import { probeNvml } from './sources/nvml/probe.js';
import { TegraSource, tegraUnavailable } from './sources/tegra/tegra-source.js';

/** Settings of sources. */
export interface SourceSettings {
  /** Library that the source `nvml` loads. */
  readonly nvmlLibrary?: string;
  /** Path of the program that the source `nvidia-smi` runs. */
  readonly nvidiaSmi?: string;
  /** Time limit of a sample, ms. */
  readonly timeoutMs?: number;
}

interface SourceKind {
  /** Opens the source, or returns why this host cannot be read with it. Starts no process. */
  readonly probe: (settings: SourceSettings) => Promise<GpuSource | SourceUnavailable>;
  /** Opens the source without a probe: its driver may be loaded later. */
  readonly open: (settings: SourceSettings) => GpuSource;
}

const kind = (
  unavailable: (settings: SourceSettings) => Promise<SourceUnavailable | undefined>,
  open: SourceKind['open'],
): SourceKind => ({
  probe: async (settings) => (await unavailable(settings)) ?? open(settings),
  open,
});

/** All sources, in order of preference. */
const KINDS = {
  // NVML finds the GPU of a Tegra as well, and reads little of it.
  tegra: kind(
    () => tegraUnavailable(),
    () => new TegraSource(),
  ),
  nvml: {
    probe: ({ nvmlLibrary }) => probeNvml(nvmlLibrary),
    open: ({ nvmlLibrary }) => new NvmlSource(nvmlLibrary),
  },
  'nvidia-smi': kind(
    ({ nvidiaSmi }) => nvidiaSmiUnavailable(nvidiaSmi),
    ({ nvidiaSmi, timeoutMs }) => new NvidiaSmiSource(nvidiaSmi, { timeoutMs }),
  ),
  amdgpu: kind(
    () => amdgpuUnavailable(),
    () => new AmdgpuSource(),
  ),
  intel: kind(
    () => intelUnavailable(),
    () => new IntelSource(),
  ),
  apple: kind(
    () => appleUnavailable(),
    () => new AppleSource(),
  ),
} satisfies Record<string, SourceKind>;

/** Name of a source; `auto` selects the first that this host has. @useDeclaredType */
export type GpuSourceName = 'auto' | keyof typeof KINDS;

export const GPU_SOURCE_NAMES = ['auto', ...Object.keys(KINDS)] as readonly GpuSourceName[];

/** The outcome of probing a source. */
export interface SourceProbe {
  readonly name: Exclude<GpuSourceName, 'auto'>;
  /** A source must be closed by the caller. */
  readonly result: GpuSource | SourceUnavailable;
}

export const isSource = (value: unknown): value is GpuSource =>
  typeof value === 'object' && value !== null && 'sample' in value && typeof value.sample === 'function';

/** Probes all sources, in order of preference. Opens those that this host has. */
export function probeSources(settings: SourceSettings = {}): Promise<SourceProbe[]> {
  const names = Object.keys(KINDS) as SourceProbe['name'][];
  return Promise.all(names.map(async (name) => ({ name, result: await KINDS[name].probe(settings) })));
}

/** Opens the named source, or for `auto` the first that this host has; `undefined` if it has none. */
export async function openSource(
  name: GpuSourceName,
  settings: SourceSettings = {},
): Promise<GpuSource | undefined> {
  return name === 'auto' ? openFirst(Object.values(KINDS), settings) : KINDS[name].open(settings);
}

/** Opens the first source that this host has by now and that `auto` prefers to the named one; `undefined` if there is none. */
export function openBetterSource(
  name: string,
  settings: SourceSettings = {},
): Promise<GpuSource | undefined> {
  const names = Object.keys(KINDS);
  return openFirst(Object.values(KINDS).slice(0, Math.max(0, names.indexOf(name))), settings);
}

async function openFirst(
  kinds: readonly SourceKind[],
  settings: SourceSettings,
): Promise<GpuSource | undefined> {
  for (const { probe } of kinds) {
    const result = await probe(settings);
    if (isSource(result)) return result;
  }
  return undefined;
}
