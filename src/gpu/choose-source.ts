import type { GpuSource, SourceUnavailable } from './source.js';
import { AmdgpuSource, amdgpuUnavailable } from './sources/amdgpu.js';
import { AppleSource, appleUnavailable } from './sources/apple.js';
import { IntelSource, intelUnavailable } from './sources/intel.js';
import { NvidiaSmiSource, nvidiaSmiUnavailable } from './sources/nvidia-smi/nvidia-smi-source.js';
import { NvmlSource } from './sources/nvml/nvml-source.js';
import { probeNvml } from './sources/nvml/probe.js';

/** What sources need to know. */
export interface SourceSettings {
  /** What the source `nvml` loads. */
  readonly nvmlLibrary?: string;
}

interface SourceKind {
  /** Opens it, or says why this host cannot be read with it. Starts no process. */
  readonly probe: (settings: SourceSettings) => Promise<GpuSource | SourceUnavailable>;
  /** Opens it without looking: what it needs may come later. */
  readonly open: (settings: SourceSettings) => GpuSource;
}

const kind = (absence: () => Promise<SourceUnavailable | undefined>, open: () => GpuSource): SourceKind => ({
  probe: async () => (await absence()) ?? open(),
  open,
});

/** Every way of reading GPUs, the preferred first. */
const KINDS = {
  nvml: {
    probe: ({ nvmlLibrary }) => probeNvml(nvmlLibrary),
    open: ({ nvmlLibrary }) => new NvmlSource(nvmlLibrary),
  },
  'nvidia-smi': kind(nvidiaSmiUnavailable, () => new NvidiaSmiSource()),
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

export type GpuSourceName = 'auto' | keyof typeof KINDS;

export const GPU_SOURCE_NAMES = ['auto', ...Object.keys(KINDS)] as readonly GpuSourceName[];

export interface SourceProbe {
  readonly name: Exclude<GpuSourceName, 'auto'>;
  /** Whoever asked closes it. */
  readonly result: GpuSource | SourceUnavailable;
}

export const isSource = (found: GpuSource | SourceUnavailable): found is GpuSource => 'sample' in found;

/** Opens every way of reading GPUs that this host has, the preferred first. */
export function probeSources(settings: SourceSettings = {}): Promise<SourceProbe[]> {
  const names = Object.keys(KINDS) as SourceProbe['name'][];
  return Promise.all(names.map(async (name) => ({ name, result: await KINDS[name].probe(settings) })));
}

/** Opens the named source, or with `auto` the first that this host has; `undefined` where it has none. */
export async function openSource(
  name: GpuSourceName,
  settings: SourceSettings = {},
): Promise<GpuSource | undefined> {
  if (name !== 'auto') return KINDS[name].open(settings);
  for (const { probe: find } of Object.values<SourceKind>(KINDS)) {
    const found = await find(settings);
    if (isSource(found)) return found;
  }
  return undefined;
}
