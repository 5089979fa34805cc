import { execute } from '../events/bus.js';
import type { GpuIdentity, GpuReading } from './reading.js';

/** Publishes one event for each thing that was read of a device. */
export function publishReading(reading: GpuReading, intervalMs: number): void {
  const identity = identityOf(reading, intervalMs);
  const { memoryUsedMib: used, memoryTotalMib: total, memoryFreeMib: free } = reading;
  const { gpuPercent, memoryControllerPercent, celsius, watts, limitWatts } = reading;
  const utilization = used === undefined || !total ? undefined : used / total;

  if (used !== undefined && total !== undefined && free !== undefined) {
    const metadata = known({ ...identity, utilization });
    execute('snakepit.gpu.memory.sampled', { used_mb: used, total_mb: total, free_mb: free }, metadata);
  }
  const percentages = known({
    gpu_percent: gpuPercent,
    memory_percent: utilization === undefined ? undefined : utilization * 100,
    memory_controller_percent: memoryControllerPercent,
  });
  if (Object.keys(percentages).length > 0) {
    execute('snakepit.gpu.utilization.sampled', percentages, identity);
  }
  if (celsius !== undefined) execute('snakepit.gpu.temperature.sampled', { celsius }, identity);
  if (watts !== undefined) {
    execute('snakepit.gpu.power.sampled', known({ watts, limit_watts: limitWatts }), identity);
  }
}

/** What identifies a device, in the keys of the events. */
export function identityOf(identity: GpuIdentity, intervalMs: number) {
  const { device, uuid, name, vendor, pciAddress, index } = identity;
  return known({ device, uuid, name, vendor, pci_address: pciAddress, index, interval_ms: intervalMs });
}

/** Without the keys that have no value: absent is absent, for whoever lists the keys too. */
const known = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
