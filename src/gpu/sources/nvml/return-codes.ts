/**
 * What a return code means for a sample:
 * - `done`: there is an answer
 * - `absent`: no answer now; perhaps the next time
 * - `unsupported`: no answer from this device and driver, whenever they are asked
 * - `forbidden`: as `unsupported`, but told once: somebody can change it
 * - `too_small`: the answer needs more room
 * - `failed`: no answer, although there should be one
 * - `gone`: the device cannot be used
 * - `restart`: the library has lost its driver, and has to be initialised anew
 */
export type Meaning =
  | 'done'
  | 'absent'
  | 'unsupported'
  | 'forbidden'
  | 'too_small'
  | 'failed'
  | 'gone'
  | 'restart';

export interface ReturnCode {
  readonly meaning: Meaning;
  readonly words: string;
  /** What the user of a host can do about it, where the driver as a whole answers so. */
  readonly advice?: string;
}

const PERMIT = 'let this user read the /dev/nvidia* devices, and a container see them';

/** nvmlReturn_t, all of it. */
export const RETURN_CODES: ReadonlyMap<number, ReturnCode> = new Map<number, ReturnCode>([
  [0, { meaning: 'done', words: 'success' }],
  [1, { meaning: 'restart', words: 'the library is not initialised' }],
  // How older drivers answer to a clock or counter that they do not know, and all of them to a slice that has gone.
  [2, { meaning: 'absent', words: 'invalid argument' }],
  [3, { meaning: 'unsupported', words: 'not supported' }],
  [4, { meaning: 'forbidden', words: 'no permission', advice: PERMIT }],
  [5, { meaning: 'done', words: 'initialised already' }],
  [6, { meaning: 'gone', words: 'not found' }],
  [7, { meaning: 'too_small', words: 'insufficient size' }],
  [8, { meaning: 'gone', words: "the device's external power cables are not attached" }],
  [9, { meaning: 'restart', words: 'the driver is not loaded', advice: 'load the nvidia kernel module' }],
  [10, { meaning: 'failed', words: 'timeout' }],
  [11, { meaning: 'gone', words: "the kernel has trouble with the device's interrupts" }],
  // Also what the CUDA version is answered with where there is no CUDA.
  [
    12,
    {
      meaning: 'unsupported',
      words: 'the library it needs is not found',
      advice: 'install the NVIDIA driver',
    },
  ],
  [13, { meaning: 'unsupported', words: 'the library has no such function' }],
  [14, { meaning: 'failed', words: 'the infoROM is corrupted' }],
  [15, { meaning: 'gone', words: 'the GPU is lost' }],
  [16, { meaning: 'gone', words: 'the GPU requires a reset' }],
  [17, { meaning: 'forbidden', words: 'blocked by the operating system', advice: PERMIT }],
  [
    18,
    {
      meaning: 'restart',
      words: 'driver and library are of different versions',
      advice: 'reload the nvidia kernel module, or restart the host: the driver was updated under it',
    },
  ],
  [19, { meaning: 'failed', words: 'the GPU is in use' }],
  [20, { meaning: 'failed', words: 'out of memory' }],
  [21, { meaning: 'absent', words: 'no data' }],
  [22, { meaning: 'unsupported', words: 'not supported while ECC is enabled' }],
  [23, { meaning: 'failed', words: 'out of resources' }],
  [24, { meaning: 'unsupported', words: 'frequency not supported' }],
  [25, { meaning: 'unsupported', words: 'the version of the argument is not supported' }],
  [26, { meaning: 'unsupported', words: 'deprecated' }],
  [27, { meaning: 'absent', words: 'not ready' }],
  [28, { meaning: 'gone', words: 'no GPU found' }],
  [29, { meaning: 'failed', words: 'invalid state' }],
  [30, { meaning: 'unsupported', words: 'this kind of reset is not supported' }],
  [
    999,
    {
      meaning: 'failed',
      words: 'unknown error of the driver',
      advice:
        'create the container anew, if this is one: it may have lost its devices; else look into the log of the kernel',
    },
  ],
]);

export const SUCCESS = 0;
export const NOT_SUPPORTED = 3;
export const TIMEOUT = 10;
export const FUNCTION_NOT_FOUND = 13;
export const VERSION_MISMATCH = 18;

/** What a code means; one of a driver newer than the table is a failure. */
export const returnCode = (code: number): ReturnCode =>
  RETURN_CODES.get(code) ?? { meaning: 'failed', words: `return code ${code}` };
