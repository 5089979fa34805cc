import type { TextMapPropagator } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';

const PROPAGATORS: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: () => new JaegerPropagator(),
};

/**
 * Builds the propagator.
 *
 * @param names names of propagators
 * @throws ConfigurationError for an unknown name
 */
export function buildPropagator(names: readonly string[]): TextMapPropagator {
  const propagators = names.map((name) => {
    const create = PROPAGATORS[name];
    if (create === undefined)
      throw new ConfigurationError('propagator', name, Object.keys(PROPAGATORS).join(', '));
    return create();
  });
  return new CompositePropagator({ propagators });
}
