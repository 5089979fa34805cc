import { TurnBudget } from '../../../common/turn-budget.js';
import type { GpuReading } from '../../readings.js';
import { DeviceIndex } from '../drm/device-index.js';
import type { ClientUse } from '../drm/drm-clients.js';
import type { DrmProcesses } from '../drm/drm-processes.js';
import { ProcessTable } from '../drm/process-table.js';
import type { AmdDevice } from './devices.js';
import type { KfdUse } from './kfd-processes.js';

/** Adds to each reading the processes that use its device: those with a device file, and those of ROCm. */
export async function addProcesses(
  readings: GpuReading[],
  devices: readonly AmdDevice[],
  clients: readonly ClientUse[],
  computeUses: ReadonlyMap<string, readonly KfdUse[]>,
  processes: DrmProcesses,
): Promise<void> {
  const tables = devices.map(() => new ProcessTable());
  const index = new DeviceIndex(
    devices.map(({ card, node, deviceNodes }) => ({
      pciAddress: card?.files.pciAddress ?? (node && `${node.pciSlot}.0`),
      deviceNodes,
    })),
  );
  const turn = new TurnBudget();
  for (const use of clients) {
    if (turn.isSpent) await turn.next();
    const at = index.find(use);
    if (at === undefined) continue;
    const isUnified = readings[at]?.unifiedMemory === 1;
    tables[at]?.addClient(use, (region) => region === 'vram' || (isUnified && region === 'gtt'));
  }
  for (const [at, { node }] of devices.entries()) {
    // In another namespace, the kernel's process IDs are those of other processes.
    const uses =
      node?.gpuId === undefined || !processes.hasHostIds ? [] : (computeUses.get(node.gpuId) ?? []);
    for (const { pid, bytes, computePercent } of uses) tables[at]?.addCompute(pid, bytes, computePercent);
    const list = await tables[at]?.list((pid) => processes.nameOf(pid));
    readings[at] = { ...(readings[at] as GpuReading), processes: list };
  }
}
