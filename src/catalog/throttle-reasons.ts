/**
 * Reasons for clocks below their maximum, under nvidia-smi's names. Idle is not one of them.
 *
 * @see https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
 */
export const THROTTLE_REASONS = [
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'sync_boost',
  'sw_thermal_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'display_clock_setting',
] as const;

/** A reason for clocks below their maximum, under nvidia-smi's name. @useDeclaredType */
export type ThrottleReason = (typeof THROTTLE_REASONS)[number];
