import { THROTTLE_REASONS, type ThrottleReason } from './readings.js';

/** Bits of NVIDIA's mask, `nvmlClocksEventReason…` of nvml.h. An idle GPU (0x1) is not held down. */
const BITS: Readonly<Record<ThrottleReason, number>> = {
  applications_clocks_setting: 0x2,
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal_slowdown: 0x20,
  hw_thermal_slowdown: 0x40,
  hw_power_brake_slowdown: 0x80,
  display_clock_setting: 0x100,
};

/** The reasons in a mask, of which the lowest 32 bits count; bits that have no name yet are left out. */
export const throttleReasons = (mask: number): ThrottleReason[] =>
  THROTTLE_REASONS.filter((reason) => (mask & BITS[reason]) !== 0);
