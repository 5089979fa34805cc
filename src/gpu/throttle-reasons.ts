import { THROTTLE_REASONS, type ThrottleReason } from '../catalog/throttle-reasons.js';

/** Bits of NVIDIA's mask: `nvmlClocksEventReason…` in nvml.h. Idle (0x1) is left out: it holds no clock down. */
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

/** Returns the reasons in the lowest 32 bits of a mask. Skips bits without a name. */
export const throttleReasons = (mask: number): ThrottleReason[] =>
  THROTTLE_REASONS.filter((reason) => (mask & BITS[reason]) !== 0);
