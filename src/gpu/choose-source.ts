import { findExecutable } from '../system/find-executable.js';
import type { GpuSource } from './source.js';
import { AmdgpuSource, hasAmdgpu } from './sources/amdgpu.js';
import { NvidiaSmiSource } from './sources/nvidia-smi.js';

interface SourceKind {
  /** Whether this host has what the source reads; starts no process. */
  readonly isPresent: () => Promise<boolean>;
  readonly open: () => GpuSource;
}

/** Every way of reading GPUs, the preferred first. */
const KINDS = {
  'nvidia-smi': {
    isPresent: async () => (await findExecutable('nvidia-smi')) !== undefined,
    open: () => new NvidiaSmiSource(),
  },
  amdgpu: { isPresent: () => hasAmdgpu(), open: () => new AmdgpuSource() },
} satisfies Record<string, SourceKind>;

export type GpuSourceName = 'auto' | keyof typeof KINDS;

export const GPU_SOURCE_NAMES = ['auto', ...Object.keys(KINDS)] as readonly GpuSourceName[];

/** Opens the named source, or with `auto` the first that this host has; `undefined` where it has none. */
export async function openSource(name: GpuSourceName): Promise<GpuSource | undefined> {
  if (name !== 'auto') return KINDS[name].open();
  for (const kind of Object.values(KINDS)) {
    if (await kind.isPresent()) return kind.open();
  }
  return undefined;
}
