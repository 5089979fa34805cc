import { join } from 'node:path';
import { AmdgpuSource } from '../gpu/sources/amdgpu.js';
import { list, readText } from '../system/files.js';
import type { Host } from './host.js';
import type { RocmInfo } from './info.js';

/** Detects AMD GPUs of the amdgpu driver, if the kernel also offers them for computing (`kfd`). */
export async function detectRocm(host: Host, signal: AbortSignal): Promise<RocmInfo | undefined> {
  if (host.platform !== 'linux') return undefined;
  const nodes = await list(join(host.root, 'sys/class/kfd/kfd/topology/nodes'), /^\d+$/);
  if (nodes.length === 0) return undefined;
  const { readings } = await new AmdgpuSource(join(host.root, 'sys/class/drm')).sample(signal);
  if (readings.length === 0) return undefined;
  return {
    version: (await readText(join(host.root, 'opt/rocm/.info/version'), signal))?.replace(/-.*/, ''),
    devices: readings.map(({ index, name, uuid, memoryTotalMib, memoryFreeMib }) => ({
      id: index,
      name,
      uuid,
      memoryTotalMib,
      memoryFreeMib,
    })),
  };
}
