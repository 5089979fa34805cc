import type {
  AggregationConfigModel,
  InstrumentTypeConfigModel,
  ViewConfigModel,
} from '@opentelemetry/configuration';
import {
  type AggregationOption,
  AggregationType,
  type IAttributesProcessor,
  InstrumentType,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import { attributeFilter } from './attribute-filter.js';
import { onlyEntry } from './warn-unsupported.js';

/** Builds a view of the metrics SDK. */
export function buildView({ selector, stream }: ViewConfigModel): ViewOptions {
  return omitUndefined({
    instrumentName: selector.instrument_name ?? undefined,
    instrumentType: instrumentType(selector.instrument_type),
    instrumentUnit: selector.unit ?? undefined,
    meterName: selector.meter_name ?? undefined,
    meterVersion: selector.meter_version ?? undefined,
    meterSchemaUrl: selector.meter_schema_url ?? undefined,
    name: stream.name ?? undefined,
    description: stream.description ?? undefined,
    aggregation: stream.aggregation && aggregation(stream.aggregation),
    aggregationCardinalityLimit: stream.aggregation_cardinality_limit ?? undefined,
    attributesProcessors: stream.attribute_keys && [attributesProcessor(stream.attribute_keys)],
  }) as ViewOptions;
}

const instrumentType = (name: InstrumentTypeConfigModel | undefined): InstrumentType | undefined =>
  name ? InstrumentType[name.toUpperCase() as keyof typeof InstrumentType] : undefined;

function attributesProcessor(
  patterns: NonNullable<ViewConfigModel['stream']['attribute_keys']>,
): IAttributesProcessor {
  const keep = attributeFilter(patterns);
  return {
    process: (incoming) => Object.fromEntries(Object.entries(incoming).filter(([name]) => keep(name))),
  };
}

const BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

function aggregation(model: AggregationConfigModel): AggregationOption {
  const [kind] = onlyEntry('aggregation', model);
  switch (kind) {
    case 'default':
      return { type: AggregationType.DEFAULT };
    case 'drop':
      return { type: AggregationType.DROP };
    case 'sum':
      return { type: AggregationType.SUM };
    case 'last_value':
      return { type: AggregationType.LAST_VALUE };
    case 'explicit_bucket_histogram': {
      const { boundaries = BOUNDARIES, record_min_max } = model.explicit_bucket_histogram ?? {};
      return {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries, recordMinMax: record_min_max ?? true },
      };
    }
    case 'base2_exponential_bucket_histogram': {
      const { max_size, record_min_max } = model.base2_exponential_bucket_histogram ?? {};
      return {
        type: AggregationType.EXPONENTIAL_HISTOGRAM,
        options: omitUndefined({ maxSize: max_size ?? undefined, recordMinMax: record_min_max ?? true }),
      };
    }
    default:
      throw new ConfigurationError(
        'aggregation',
        kind,
        'default, drop, sum, last_value, explicit_bucket_histogram, base2_exponential_bucket_histogram',
      );
  }
}
