import type { BreakerOptions } from './breakers/subscriptions.js';
import type { LibraryPatches } from './patching/library-patches.js';

/** A library that the instrumentation patches. `B` is the type of its circuit breakers or policies, if it has any. */
export interface InstrumentedLibrary<B extends object = never> {
  /** Creates the patches of one instrumentation. Absent for a part of Node, which needs none. */
  createPatches?(): LibraryPatches;
  /** Starts to record a part of Node. Returns a function that stops. */
  watch?(): () => void;
  /**
   * Records the events of a breaker or policy. Must return `undefined`, and leave the object alone, if it is not one of this library.
   *
   * @returns function that stops recording
   */
  instrument?(breaker: B, options: BreakerOptions): (() => void) | undefined;
}
