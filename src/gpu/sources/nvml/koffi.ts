import { optionalRequire, optionalResolve } from '../../../system/optional-require.cjs';

/** A C function. Pointers are declared as integers: koffi converts numbers much faster than objects. */
export type CFunction = (...args: (number | bigint)[]) => number;

export interface CLibrary {
  /** @throws if the library has no such function */
  func(name: string, result: string, args: readonly string[]): CFunction;
  unload(): void;
}

/** The part of koffi's API that is used here. */
export interface Koffi {
  /**
   * Loads a library.
   *
   * @param path `null` selects the libraries that the process itself is linked to
   * @throws if the loader finds no such library
   */
  load(path: string | null): CLibrary;
  address(memory: NodeJS.ArrayBufferView): bigint;
}

/** Returns koffi, or `undefined` if this optional dependency is not installed. */
export function findKoffi(): Koffi | undefined {
  try {
    return optionalRequire('koffi') as Koffi;
  } catch {
    return undefined;
  }
}

/**
 * Returns the path from which a thread can require koffi.
 *
 * @throws if it is not installed
 */
export const koffiPath = (): string => optionalResolve('koffi');
