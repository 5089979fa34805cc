import type { GpuStatus } from '../catalog/gpu-status.js';
import type { GpuNumericReadings } from './readings.js';

type HealthReadings = Pick<
  GpuNumericReadings,
  'recoveryAction' | 'remappedRowsPending' | 'remappedRowsFailed' | 'retiredPagesPending'
>;

/**
 * State of a GPU for which the driver demands an action, by `nvmlDeviceGpuRecoveryAction_t`. A GPU that must be drained still works for
 * what runs on it.
 */
const STATUS_BY_ACTION: readonly GpuStatus[] = ['ok', 'failed', 'failed', 'degraded', 'degraded', 'degraded'];

/**
 * Returns the state of a GPU; `undefined` if nothing shows it. Values that the driver does not define show nothing.
 *
 * @param hadFatalXid true if the driver reported an error that takes a reset to recover from
 */
export function gpuStatus(
  { recoveryAction, remappedRowsPending, remappedRowsFailed, retiredPagesPending }: HealthReadings,
  hadFatalXid: boolean,
): GpuStatus | undefined {
  const demanded = recoveryAction === undefined ? undefined : STATUS_BY_ACTION[recoveryAction];
  // The action is the driver's own verdict on all errors. Older drivers report the errors only.
  if (demanded === 'failed' || (demanded === undefined && hadFatalXid)) return 'failed';
  if (remappedRowsFailed === 1) return 'predicted_failure';
  if (demanded === 'degraded' || remappedRowsPending === 1 || retiredPagesPending === 1) return 'degraded';
  const isKnown =
    demanded !== undefined || [remappedRowsFailed, remappedRowsPending, retiredPagesPending].includes(0);
  return isKnown ? 'ok' : undefined;
}

/**
 * Xid errors after which a GPU needs a reset or a new node: double-bit ECC error, fallen off the bus, uncontained memory error, firmware
 * errors, unrecovered ECC error.
 *
 * @see https://docs.nvidia.com/deploy/xid-errors/
 */
export const FATAL_XIDS: ReadonlySet<number> = new Set([48, 79, 95, 119, 120, 140]);
