import type { GpuSource, SourceAbsence } from './source.js';
import { AmdgpuSource, amdgpuAbsence } from './sources/amdgpu.js';
import { AppleSource, appleAbsence } from './sources/apple.js';
import { IntelSource, intelAbsence } from './sources/intel.js';
import { NvidiaSmiSource, nvidiaSmiAbsence } from './sources/nvidia-smi.js';
import { NvmlSource, nvmlAbsence } from './sources/nvml.js';

/** What sources need to know. */
export interface SourceSettings {
  /** What the source `nvml` loads. */
  readonly nvmlLibrary?: string;
}

interface SourceKind {
  /** Why this host cannot be read with it; `undefined` where it can. Starts no process. */
  readonly absence: (settings: SourceSettings) => Promise<SourceAbsence | undefined>;
  readonly open: (settings: SourceSettings) => GpuSource;
}

/** Every way of reading GPUs, the preferred first. */
const KINDS = {
  nvml: {
    absence: ({ nvmlLibrary }) => nvmlAbsence(nvmlLibrary),
    open: ({ nvmlLibrary }) => new NvmlSource(nvmlLibrary),
  },
  'nvidia-smi': { absence: nvidiaSmiAbsence, open: () => new NvidiaSmiSource() },
  amdgpu: { absence: () => amdgpuAbsence(), open: () => new AmdgpuSource() },
  intel: { absence: () => intelAbsence(), open: () => new IntelSource() },
  apple: { absence: () => appleAbsence(), open: () => new AppleSource() },
} satisfies Record<string, SourceKind>;

export type GpuSourceName = 'auto' | keyof typeof KINDS;

export const GPU_SOURCE_NAMES = ['auto', ...Object.keys(KINDS)] as readonly GpuSourceName[];

export interface SourceFinding {
  readonly name: Exclude<GpuSourceName, 'auto'>;
  readonly absence: SourceAbsence | undefined;
}

/** Looks for every way of reading GPUs, the preferred first. */
export function examineSources(settings: SourceSettings = {}): Promise<SourceFinding[]> {
  const names = Object.keys(KINDS) as SourceFinding['name'][];
  return Promise.all(names.map(async (name) => ({ name, absence: await KINDS[name].absence(settings) })));
}

/** Opens the named source, or with `auto` the first that this host has; `undefined` where it has none. */
export async function openSource(
  name: GpuSourceName,
  settings: SourceSettings = {},
): Promise<GpuSource | undefined> {
  if (name !== 'auto') return KINDS[name].open(settings);
  for (const kind of Object.values<SourceKind>(KINDS)) {
    if ((await kind.absence(settings)) === undefined) return kind.open(settings);
  }
  return undefined;
}
