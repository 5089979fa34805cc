import type { Tracer } from '@opentelemetry/api';
import type { GpuCostLedger } from '../gpu/usage/gpu-usage-tracker.js';
import type { Pool } from '../instrumentations/breakers/pool.js';
import type { Watch } from '../instrumentations/breakers/watch.js';

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
  /** The GPU whose cost is told on every span of the Span helper, as the active instrumentation wants it. */
  spanGpu: string | undefined;
  /** Where GPU readings and open spans meet. */
  gpuCostLedger: GpuCostLedger | undefined;
  /** Breakers that report; once each, whichever copy is asked to see to it. */
  readonly watches: WeakMap<object, Watch>;
  /** Pools of breakers by name. */
  readonly pools: Map<string, Pool>;
}

const KEY = Symbol.for('opentelemetry-instrumentation-snakepit.registry.v1');
const holder = globalThis as { [KEY]?: Registry };

holder[KEY] ??= {
  handlers: new Map(),
  active: undefined,
  tracer: undefined,
  spanGpu: undefined,
  gpuCostLedger: undefined,
  watches: new WeakMap(),
  pools: new Map(),
};

export const registry: Registry = holder[KEY];
