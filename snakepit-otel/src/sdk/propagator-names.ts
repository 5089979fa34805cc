import type { PropagatorConfigModel } from '@opentelemetry/configuration';
import { propagatorEntries } from '../configuration/merge-lists.js';
import { onlyEntry } from './warn-unsupported.js';

/** Returns the names of the propagators. Without an entry in the model nothing is propagated, as the specification of the file says. */
export function propagatorNames(model: PropagatorConfigModel | undefined): readonly string[] {
  const entries = (model && propagatorEntries(model)) ?? [];
  return entries.map((entry) => onlyEntry('propagator', entry)[0]).filter((name) => name !== 'none');
}
