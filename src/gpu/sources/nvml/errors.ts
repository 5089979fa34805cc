import { errorMessage } from '../../../common/error-message.js';
import { type NvmlFunction, nvmlName } from './library.js';
import { returnCode } from './return-codes.js';

const failedCall = (fn: NvmlFunction, code: number) => `${nvmlName(fn)}: ${returnCode(code).description}`;

/** A device cannot be used at present. Other devices may still be read. */
export class DeviceUnavailableError extends Error {
  readonly code = 'SNAKEPIT_NVML_DEVICE_UNAVAILABLE';

  constructor(fn: NvmlFunction, nvmlCode: number) {
    super(failedCall(fn, nvmlCode));
  }
}

/** The driver does not respond. The library must be initialized again. */
export class DriverLostError extends Error {
  readonly code = 'SNAKEPIT_NVML_DRIVER_LOST';

  constructor(
    fn: NvmlFunction,
    /** NVML's return code. */
    readonly nvmlCode: number,
  ) {
    super(failedCall(fn, nvmlCode));
  }
}

/** The loader finds no such library, or the file is not a library. */
export class LibraryNotFoundError extends Error {
  readonly code = 'SNAKEPIT_NVML_LIBRARY_NOT_FOUND';

  constructor(path: string, cause: unknown) {
    super(`${path}: ${errorMessage(cause)}`, { cause });
  }
}

type NvmlError = DeviceUnavailableError | DriverLostError | LibraryNotFoundError;

/** Returns true if `error` is the NVML error with this code. */
export function isNvmlError<C extends NvmlError['code']>(
  error: unknown,
  code: C,
): error is Extract<NvmlError, { readonly code: C }> {
  return error instanceof Error && (error as Partial<NvmlError>).code === code;
}
