import type { TextMapPropagator } from '@opentelemetry/api';
import type { PropagatorConfigModel } from '@opentelemetry/configuration';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { propagatorEntries } from '../configuration/merge-lists.js';
import { onlyEntry } from './warn-unsupported.js';

const PROPAGATORS: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: () => new JaegerPropagator(),
};

/** Builds the propagator. Without an entry in the model nothing is propagated, as the specification of the file says. */
export function buildPropagator(model: PropagatorConfigModel | undefined): TextMapPropagator {
  const entries = (model && propagatorEntries(model)) ?? [];
  const propagators = entries.flatMap((entry) => {
    const [name] = onlyEntry('propagator', entry);
    if (name === 'none') return [];
    const create = PROPAGATORS[name];
    if (create === undefined)
      throw new ConfigurationError('propagator', name, Object.keys(PROPAGATORS).join(', '));
    return [create()];
  });
  return new CompositePropagator({ propagators });
}
