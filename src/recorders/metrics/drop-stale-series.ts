import type { Attributes, Observable } from '@opentelemetry/api';

/** The SDK's map from attributes to accumulations; both inner maps are keyed by a hash of the attributes. */
interface AttributesMap {
  readonly _keyMap: Map<string, Attributes>;
  readonly _valueMap: Map<string, unknown>;
}

/** Private state of an asynchronous instrument in SDK 2.x and 3.x. */
interface Storage {
  readonly _attributesProcessor?: { process(attributes: Attributes): Attributes };
  readonly _deltaMetricStorage: { readonly _cumulativeMemoStorage: AttributesMap };
  readonly _temporalMetricStorage: {
    readonly _unreportedAccumulations: ReadonlyMap<unknown, readonly AttributesMap[]>;
    readonly _reportHistory: ReadonlyMap<unknown, { readonly accumulations: AttributesMap }>;
  };
}

/**
 * Removes from the SDK the series of an asynchronous instrument that are not in `observed`. The specification requires that
 * a reader "MUST only receive data points with measurements recorded since the previous collection" (metrics SDK,
 * MetricReader), but under cumulative temporality the JavaScript SDKs repeat the last value of a series forever, and count it
 * towards their limit. No public API removes a series, so this function edits private state; it does nothing if that state has
 * another shape.
 */
export function dropStaleSeries(instrument: Observable, observed: readonly Attributes[]): void {
  const { _metricStorages: storages } = instrument as { _metricStorages?: Iterable<Storage> };
  try {
    for (const storage of storages ?? []) {
      const keep = new Set(observed.map((each) => canonical(viewAttributes(storage, each))));
      for (const map of mapsOf(storage)) {
        for (const [hash, attributes] of map._keyMap) {
          if (keep.has(canonical(attributes))) continue;
          map._keyMap.delete(hash);
          map._valueMap.delete(hash);
        }
      }
    }
  } catch {
    // Another SDK or version.
  }
}

function mapsOf({ _deltaMetricStorage: delta, _temporalMetricStorage: temporal }: Storage): AttributesMap[] {
  return [
    delta._cumulativeMemoStorage,
    ...[...temporal._unreportedAccumulations.values()].flat(),
    ...[...temporal._reportHistory.values()].map(({ accumulations }) => accumulations),
  ];
}

/** Returns the attributes that a View keeps. */
const viewAttributes = ({ _attributesProcessor: processor }: Storage, attributes: Attributes): Attributes =>
  processor?.process(attributes) ?? attributes;

const canonical = (attributes: Attributes): string =>
  JSON.stringify(Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1)));
