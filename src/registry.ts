import type { Tracer } from '@opentelemetry/api';

/**
 * What the CommonJS and the ESM copy of this package, when both are loaded in one process, must agree on.
 * Anything else that a module keeps to itself exists twice.
 */
interface Registry {
  /** Handlers attached by id. */
  readonly handlers: Map<string, { readonly events: readonly string[]; readonly detach: () => void }>;
  /** The instrumentation that turns bus events into telemetry; a second one would count everything twice. */
  active: object | undefined;
  /** The tracer of the active instrumentation, for spans made by the Span helper. */
  tracer: Tracer | undefined;
}

const KEY = Symbol.for('opentelemetry-instrumentation-snakepit.registry.v1');
const holder = globalThis as { [KEY]?: Registry };

holder[KEY] ??= { handlers: new Map(), active: undefined, tracer: undefined };

export const registry: Registry = holder[KEY];
