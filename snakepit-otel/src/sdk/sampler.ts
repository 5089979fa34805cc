import type { ParentBasedSamplerConfigModel, SamplerConfigModel } from '@opentelemetry/configuration';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { onlyEntry } from './warn-unsupported.js';

/** Builds the sampler; by default what the parent decides, and everything without a parent. */
export function buildSampler(model: SamplerConfigModel = { parent_based: {} }): Sampler {
  const [kind, properties] = onlyEntry('sampler', model);
  switch (kind) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'trace_id_ratio_based':
      return new TraceIdRatioBasedSampler((properties.ratio as number | null | undefined) ?? 1);
    case 'parent_based':
      return parentBased(properties as NonNullable<ParentBasedSamplerConfigModel>);
    default:
      throw new ConfigurationError(
        'sampler',
        kind,
        'always_on, always_off, trace_id_ratio_based, parent_based',
      );
  }
}

function parentBased(model: NonNullable<ParentBasedSamplerConfigModel>): Sampler {
  const orDefault = (each: SamplerConfigModel | undefined) => each && buildSampler(each);
  return new ParentBasedSampler({
    root: buildSampler(model.root ?? { always_on: {} }),
    remoteParentSampled: orDefault(model.remote_parent_sampled),
    remoteParentNotSampled: orDefault(model.remote_parent_not_sampled),
    localParentSampled: orDefault(model.local_parent_sampled),
    localParentNotSampled: orDefault(model.local_parent_not_sampled),
  });
}
