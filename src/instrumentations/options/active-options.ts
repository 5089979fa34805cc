import type { InstrumentationsConfig, LibraryName } from './library-options.js';

/** Options of the active instrumentation that its libraries use. */
interface ActiveOptions {
  readonly instrumentations: InstrumentationsConfig;
  /** True if hooks receive the inputs of operations. */
  readonly includeSensitive: boolean;
  /** Time after which the span of an operation that has not ended is ended, ms. */
  readonly spanMaxAgeMs: number;
}

// Of this copy of the package only: another copy that is active patches the libraries with its own code.
let active: ActiveOptions = { instrumentations: {}, includeSensitive: false, spanMaxAgeMs: 0 };

/** Sets the options of the active instrumentation. */
export function setActiveOptions(options: ActiveOptions): void {
  active = options;
}

/** Returns the options of a library. */
export const optionsOf = <N extends LibraryName>(name: N): NonNullable<InstrumentationsConfig[N]> =>
  active.instrumentations[name] ?? {};

/** Returns true if hooks receive the inputs of operations. */
export const includesSensitive = (): boolean => active.includeSensitive;

/** Returns the time after which the span of an operation that has not ended is ended, ms. */
export const spanMaxAgeMs = (): number => active.spanMaxAgeMs;
