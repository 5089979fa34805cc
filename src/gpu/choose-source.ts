import type { GpuSource, SourceAbsence } from './source.js';
import { AmdgpuSource, amdgpuAbsence } from './sources/amdgpu.js';
import { AppleSource, appleAbsence } from './sources/apple.js';
import { IntelSource, intelAbsence } from './sources/intel.js';
import { NvidiaSmiSource, nvidiaSmiAbsence } from './sources/nvidia-smi/nvidia-smi-source.js';
import { findNvml, NvmlSource } from './sources/nvml/nvml-source.js';

/** What sources need to know. */
export interface SourceSettings {
  /** What the source `nvml` loads. */
  readonly nvmlLibrary?: string;
}

interface SourceKind {
  /** Opens it, or says why this host cannot be read with it. Starts no process. */
  readonly find: (settings: SourceSettings) => Promise<GpuSource | SourceAbsence>;
  /** Opens it without looking: what it needs may come later. */
  readonly open: (settings: SourceSettings) => GpuSource;
}

const kind = (absence: () => Promise<SourceAbsence | undefined>, open: () => GpuSource): SourceKind => ({
  find: async () => (await absence()) ?? open(),
  open,
});

/** Every way of reading GPUs, the preferred first. */
const KINDS = {
  nvml: {
    find: ({ nvmlLibrary }) => findNvml(nvmlLibrary),
    open: ({ nvmlLibrary }) => new NvmlSource(nvmlLibrary),
  },
  'nvidia-smi': kind(nvidiaSmiAbsence, () => new NvidiaSmiSource()),
  amdgpu: kind(
    () => amdgpuAbsence(),
    () => new AmdgpuSource(),
  ),
  intel: kind(
    () => intelAbsence(),
    () => new IntelSource(),
  ),
  apple: kind(
    () => appleAbsence(),
    () => new AppleSource(),
  ),
} satisfies Record<string, SourceKind>;

export type GpuSourceName = 'auto' | keyof typeof KINDS;

export const GPU_SOURCE_NAMES = ['auto', ...Object.keys(KINDS)] as readonly GpuSourceName[];

export interface SourceFinding {
  readonly name: Exclude<GpuSourceName, 'auto'>;
  /** Whoever asked closes it. */
  readonly found: GpuSource | SourceAbsence;
}

export const isSource = (found: GpuSource | SourceAbsence): found is GpuSource => 'sample' in found;

/** Opens every way of reading GPUs that this host has, the preferred first. */
export function findSources(settings: SourceSettings = {}): Promise<SourceFinding[]> {
  const names = Object.keys(KINDS) as SourceFinding['name'][];
  return Promise.all(names.map(async (name) => ({ name, found: await KINDS[name].find(settings) })));
}

/** Opens the named source, or with `auto` the first that this host has; `undefined` where it has none. */
export async function openSource(
  name: GpuSourceName,
  settings: SourceSettings = {},
): Promise<GpuSource | undefined> {
  if (name !== 'auto') return KINDS[name].open(settings);
  for (const { find } of Object.values<SourceKind>(KINDS)) {
    const found = await find(settings);
    if (isSource(found)) return found;
  }
  return undefined;
}
