import { optionalRequire } from '../../../system/optional-require.cjs';

/** A C function. Pointers are numbers, as koffi is told that they are: it is far quicker with them than with objects. */
export type CFunction = (...args: (number | bigint)[]) => number;

export interface CLibrary {
  /** @throws where the library has no such function */
  func(name: string, result: string, args: readonly string[]): CFunction;
  unload(): void;
}

/** The part of koffi that is used here. */
export interface Koffi {
  /** @param path `null`: what the process itself is linked to @throws where the loader finds no such library */
  load(path: string | null): CLibrary;
  address(memory: NodeJS.ArrayBufferView): bigint;
}

/** `undefined` where this installation has none: it is an optional dependency. */
export function findKoffi(): Koffi | undefined {
  try {
    return optionalRequire('koffi') as Koffi;
  } catch {
    return undefined;
  }
}
