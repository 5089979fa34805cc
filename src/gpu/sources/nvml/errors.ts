import { errorMessage } from '../../../common/error-message.js';
import { type NvmlFunction, nameOf } from './library.js';
import { returnCode } from './return-codes.js';

const told = (fn: NvmlFunction, code: number) => `${nameOf(fn)}: ${returnCode(code).words}`;

/** A device cannot be used now. */
export class DeviceGone extends Error {
  constructor(fn: NvmlFunction, code: number) {
    super(told(fn, code));
  }
}

/** The driver as a whole does not answer; the library has to be initialised anew. */
export class DriverLost extends Error {
  constructor(
    fn: NvmlFunction,
    readonly code: number,
  ) {
    super(told(fn, code));
  }
}

/** The loader finds no library, or something that is none. */
export class LibraryMissing extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path}: ${errorMessage(cause)}`, { cause });
  }
}
