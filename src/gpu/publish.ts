import { execute } from '../bus/bus.js';
import type { EventName, Measurements, Metadata } from '../catalog/event-map.js';
import { isEmpty, omitUndefined } from '../common/omit-undefined.js';
import { type GpuIdentity, type GpuReading, THROTTLE_REASONS, type ThrottleReason } from './readings.js';

/** Publishes one event for each thing that was read of a device. */
export function publishReading(reading: GpuReading, intervalMs: number): void {
  const identity = identityOf(reading, intervalMs);
  const { memoryUsedMib: used, memoryTotalMib: total, memoryFreeMib: free, throttleReasons } = reading;
  const utilization = used === undefined || !total ? undefined : used / total;

  if (used !== undefined && total !== undefined && free !== undefined) {
    publish(
      'snakepit.gpu.memory.sampled',
      { used_mb: used, total_mb: total, free_mb: free, reserved_mb: reading.memoryReservedMib },
      omitUndefined({ ...identity, utilization }),
    );
  }
  publish(
    'snakepit.gpu.utilization.sampled',
    {
      gpu_percent: reading.gpuPercent,
      memory_percent: utilization === undefined ? undefined : utilization * 100,
      memory_controller_percent: reading.memoryControllerPercent,
      encoder_percent: reading.encoderPercent,
      decoder_percent: reading.decoderPercent,
    },
    identity,
  );
  if (reading.celsius !== undefined) {
    publish('snakepit.gpu.temperature.sampled', { celsius: reading.celsius }, identity);
  }
  if (reading.watts !== undefined) {
    publish(
      'snakepit.gpu.power.sampled',
      { watts: reading.watts, limit_watts: reading.limitWatts },
      identity,
    );
  }
  if (reading.energyJoules !== undefined) {
    publish('snakepit.gpu.energy.sampled', { joules: reading.energyJoules }, identity);
  }
  publish(
    'snakepit.gpu.clocks.sampled',
    {
      graphics_mhz: reading.graphicsClockMhz,
      sm_mhz: reading.smClockMhz,
      memory_mhz: reading.memoryClockMhz,
      video_mhz: reading.videoClockMhz,
    },
    identity,
  );
  if (throttleReasons !== undefined) {
    const states: Partial<Record<ThrottleReason, number>> = {};
    for (const reason of THROTTLE_REASONS) states[reason] = throttleReasons.includes(reason) ? 1 : 0;
    publish('snakepit.gpu.throttle.sampled', states, identity);
  }
  if (reading.fanPercent !== undefined) {
    publish('snakepit.gpu.fan.sampled', { percent: reading.fanPercent }, identity);
  }
  publish(
    'snakepit.gpu.pcie.sampled',
    {
      transmit_bytes_per_second: reading.pcieTransmitBytesPerSecond,
      receive_bytes_per_second: reading.pcieReceiveBytesPerSecond,
    },
    identity,
  );
  publish(
    'snakepit.gpu.ecc.sampled',
    { corrected: reading.eccCorrectedErrors, uncorrected: reading.eccUncorrectedErrors },
    identity,
  );
  if (reading.xids !== undefined) publishXids(reading, reading.xids, intervalMs);
  for (const { pid, name, usedMib } of reading.processes ?? []) {
    if (usedMib === undefined) continue;
    publish(
      'snakepit.gpu.process.sampled',
      { used_mb: usedMib },
      omitUndefined({ ...identity, pid, process: name }),
    );
  }
}

/** Publishes critical errors of a device, whether it is still there or not. */
export function publishXids(device: GpuIdentity, xids: readonly number[], intervalMs: number): void {
  const identity = identityOf(device, intervalMs);
  for (const xid of xids) execute('snakepit.gpu.xid.raised', {}, { ...identity, xid });
}

/** What identifies a device, in the keys of the events. */
export function identityOf(identity: GpuIdentity, intervalMs: number) {
  const { device, uuid, name, vendor, pciAddress, parentUuid, driverVersion, index } = identity;
  return omitUndefined({
    device,
    uuid,
    name,
    vendor,
    pci_address: pciAddress,
    parent_uuid: parentUuid,
    driver_version: driverVersion,
    index,
    interval_ms: intervalMs,
  });
}

/** Publishes what is known of the measurements, if anything is. */
function publish<const N extends EventName>(
  event: N,
  measurements: Measurements<N>,
  metadata: Metadata<N>,
): void {
  const read = omitUndefined(measurements);
  if (!isEmpty(read)) execute(event, read, metadata);
}
