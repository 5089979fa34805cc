import { mergePropagatorCompositeConfig, type PropagatorConfigModel } from '@opentelemetry/configuration';
import { onlyEntry } from './warn-unsupported.js';

/** Returns the names of the propagators. Without an entry in the model nothing is propagated, as the specification of the file says. */
export function propagatorNames(model: PropagatorConfigModel | undefined): readonly string[] {
  const entries = mergePropagatorCompositeConfig(model?.composite, model?.composite_list) ?? [];
  return entries.map((entry) => onlyEntry('propagator', entry)[0]).filter((name) => name !== 'none');
}
