import type { GpuSource, SourceAbsence } from './source.js';
import { AmdgpuSource, amdgpuAbsence } from './sources/amdgpu.js';
import { AppleSource, appleAbsence } from './sources/apple.js';
import { IntelSource, intelAbsence } from './sources/intel.js';
import { NvidiaSmiSource, nvidiaSmiAbsence } from './sources/nvidia-smi.js';

interface SourceKind {
  /** Why this host cannot be read with it; `undefined` where it can. Starts no process. */
  readonly absence: () => Promise<SourceAbsence | undefined>;
  readonly open: () => GpuSource;
}

/** Every way of reading GPUs, the preferred first. */
const KINDS = {
  'nvidia-smi': { absence: nvidiaSmiAbsence, open: () => new NvidiaSmiSource() },
  amdgpu: { absence: () => amdgpuAbsence(), open: () => new AmdgpuSource() },
  intel: { absence: () => intelAbsence(), open: () => new IntelSource() },
  apple: { absence: () => appleAbsence(), open: () => new AppleSource() },
} satisfies Record<string, SourceKind>;

export type GpuSourceName = 'auto' | keyof typeof KINDS;

export const GPU_SOURCE_NAMES = ['auto', ...Object.keys(KINDS)] as readonly GpuSourceName[];

/** Opens the named source, or with `auto` the first that this host has; `undefined` where it has none. */
export async function openSource(name: GpuSourceName): Promise<GpuSource | undefined> {
  if (name !== 'auto') return KINDS[name].open();
  for (const kind of Object.values(KINDS)) {
    if ((await kind.absence()) === undefined) return kind.open();
  }
  return undefined;
}
