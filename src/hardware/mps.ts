import type { Host } from './host.js';
import type { CpuInfo, MpsInfo } from './info.js';

/** Detects Apple's GPU: every Mac with Apple silicon has one. It shares the chip, its name and its memory with the CPU. */
export function detectMps(host: Host, cpu: CpuInfo): MpsInfo | undefined {
  if (host.platform !== 'darwin' || host.arch !== 'arm64') return undefined;
  return { available: true, deviceName: cpu.model, memoryTotalMib: cpu.memoryTotalMib };
}
