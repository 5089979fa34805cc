import type { Host } from './host.js';
import type { CpuInfo, MpsInfo } from './info.js';

/** Apple's GPU shares its chip, and so its name and memory, with the CPU. Every Apple Silicon Mac has one. */
export function detectMps(host: Host, cpu: CpuInfo): MpsInfo | undefined {
  if (host.platform !== 'darwin' || host.arch !== 'arm64') return undefined;
  return { available: true, deviceName: cpu.model, memoryTotalMb: cpu.memoryTotalMb };
}
