/**
 * Effect of a return code on a sample:
 * - `success`: the value was written
 * - `no_data`: no value now; query again next time
 * - `unsupported`: this device and driver never have a value; do not query again
 * - `permission_denied`: as `unsupported`, but reported once, since the user can change it
 * - `buffer_too_small`: the value needs a larger buffer
 * - `failed`: no value, although there should be one
 * - `device_unavailable`: the device cannot be used
 * - `driver_lost`: the library has lost its driver and must be initialized again
 */
export type Outcome =
  | 'success'
  | 'no_data'
  | 'unsupported'
  | 'permission_denied'
  | 'buffer_too_small'
  | 'failed'
  | 'device_unavailable'
  | 'driver_lost';

export interface ReturnCode {
  readonly outcome: Outcome;
  readonly description: string;
  /** Remedy for the user of the host if initialization returns this code. */
  readonly remedy?: string;
}

const GRANT_ACCESS = 'give this user, or this container, access to the /dev/nvidia* devices';

/** Every code of `nvmlReturn_t`: docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html. */
export const RETURN_CODES: ReadonlyMap<number, ReturnCode> = new Map<number, ReturnCode>([
  [0, { outcome: 'success', description: 'success' }],
  [1, { outcome: 'driver_lost', description: 'the library is not initialized' }],
  // Older drivers return this for an unknown clock or counter, and all drivers for a MIG device that was removed.
  [2, { outcome: 'no_data', description: 'invalid argument' }],
  [3, { outcome: 'unsupported', description: 'not supported' }],
  [4, { outcome: 'permission_denied', description: 'no permission', remedy: GRANT_ACCESS }],
  [5, { outcome: 'success', description: 'already initialized' }],
  [6, { outcome: 'device_unavailable', description: 'not found' }],
  [7, { outcome: 'buffer_too_small', description: 'insufficient size' }],
  [8, { outcome: 'device_unavailable', description: 'external power cables are not attached' }],
  [
    9,
    {
      outcome: 'driver_lost',
      description: 'the driver is not loaded',
      remedy: 'load the nvidia kernel module',
    },
  ],
  [10, { outcome: 'failed', description: 'timeout' }],
  [11, { outcome: 'device_unavailable', description: 'the kernel detected an interrupt issue with the GPU' }],
  // Also returned for the CUDA version if CUDA is not installed.
  [
    12,
    {
      outcome: 'unsupported',
      description: 'a required library was not found',
      remedy: 'install the NVIDIA driver',
    },
  ],
  [13, { outcome: 'unsupported', description: 'the library has no such function' }],
  [14, { outcome: 'failed', description: 'the infoROM is corrupted' }],
  [15, { outcome: 'device_unavailable', description: 'the GPU is lost' }],
  [16, { outcome: 'device_unavailable', description: 'the GPU requires a reset' }],
  [
    17,
    { outcome: 'permission_denied', description: 'blocked by the operating system', remedy: GRANT_ACCESS },
  ],
  [
    18,
    {
      outcome: 'driver_lost',
      description: 'driver/library version mismatch',
      remedy: 'reload the nvidia kernel module or restart the host: the driver was updated while loaded',
    },
  ],
  [19, { outcome: 'failed', description: 'the GPU is in use' }],
  [20, { outcome: 'failed', description: 'out of memory' }],
  [21, { outcome: 'no_data', description: 'no data' }],
  [22, { outcome: 'unsupported', description: 'not supported while ECC is enabled' }],
  [23, { outcome: 'failed', description: 'insufficient resources' }],
  [24, { outcome: 'unsupported', description: 'frequency not supported' }],
  [25, { outcome: 'unsupported', description: 'argument version not supported' }],
  [26, { outcome: 'unsupported', description: 'deprecated' }],
  [27, { outcome: 'no_data', description: 'not ready' }],
  [28, { outcome: 'device_unavailable', description: 'no GPU found' }],
  [29, { outcome: 'failed', description: 'invalid state' }],
  [30, { outcome: 'unsupported', description: 'reset type not supported' }],
  [
    999,
    {
      outcome: 'failed',
      description: 'unknown driver error',
      remedy: 'in a container, recreate it: it may have lost its devices; otherwise check the kernel log',
    },
  ],
]);

export const SUCCESS = 0;
export const INVALID_ARGUMENT = 2;
export const NOT_SUPPORTED = 3;
export const NOT_FOUND = 6;
export const TIMEOUT = 10;
export const FUNCTION_NOT_FOUND = 13;
export const VERSION_MISMATCH = 18;
export const NO_DATA = 21;
export const NOT_READY = 27;

/** Returns the meaning of a code. A code that is missing from the table, from a newer driver, is a failure. */
export const returnCode = (code: number): ReturnCode =>
  RETURN_CODES.get(code) ?? { outcome: 'failed', description: `return code ${code}` };
