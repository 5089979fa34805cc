/** Utilization of the processes of one device, as of its last update. */
export class DeviceUtilization {
  /** Percentages in the order of `PROCESS_UTILIZATION`, by process ID. */
  readonly byPid = new Map<number, Float64Array>();
  /** Newest time of an entry that was used, µs of the driver's clock. */
  lastSeenUs = 0;
  /** True if later entries are of the time since an earlier update. */
  hasBaseline = false;
  /** Time of the update, ms of `performance.now()`. */
  updatedAt = Number.NEGATIVE_INFINITY;
}
