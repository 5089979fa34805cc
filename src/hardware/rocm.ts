import { join } from 'node:path';
import { AmdgpuSource } from '../gpu/sources/amdgpu/amdgpu-source.js';
import { readText } from '../system/files.js';
import type { FamilyDetection } from './family-detection.js';
import type { Host } from './host.js';
import type { RocmInfo } from './info.js';

/** Detects AMD GPUs that the kernel offers for computing (`kfd`), with the source that samples them. */
export async function detectRocm(host: Host, signal: AbortSignal): Promise<FamilyDetection<RocmInfo>> {
  if (host.platform !== 'linux') return { isComplete: true };
  const source = new AmdgpuSource({ root: join(host.root, 'sys/class/drm'), proc: null });
  const count = await source.computeDeviceCount(signal);
  if (count === 0) return { isComplete: true };
  const { readings } = await source.sample(signal).finally(() => source.close());
  const version = await readText(join(host.root, 'opt/rocm/.info/version'), signal);
  return {
    isComplete: true,
    value: {
      version: version?.replace(/-.*/, ''),
      devices: readings.slice(0, count).map(({ index, name, uuid, memoryTotalMib, memoryFreeMib }) => ({
        id: index,
        name,
        uuid,
        memoryTotalMib,
        memoryFreeMib,
      })),
    },
  };
}
