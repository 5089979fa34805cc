import type { Attributes, Observable } from '@opentelemetry/api';

/** A map from attributes to what the SDK knows of them; both inner maps are keyed by a hash of the attributes. */
interface AttributesMap {
  readonly _keyMap: Map<string, Attributes>;
  readonly _valueMap: Map<string, unknown>;
}

/** The private state of an asynchronous instrument, as SDK 2.x and 3.x have it. */
interface Storage {
  readonly _attributesProcessor?: { process(attributes: Attributes): Attributes };
  readonly _deltaMetricStorage: { readonly _cumulativeMemoStorage: AttributesMap };
  readonly _temporalMetricStorage: {
    readonly _unreportedAccumulations: ReadonlyMap<unknown, readonly AttributesMap[]>;
    readonly _reportHistory: ReadonlyMap<unknown, { readonly accumulations: AttributesMap }>;
  };
}

/**
 * Makes the SDK forget the series of an asynchronous instrument that are not among the observed ones. The specification
 * wants it to by itself ("MUST only receive data points with measurements recorded since the previous collection",
 * metrics SDK, MetricReader), but under cumulative temporality the SDKs in JavaScript repeat the last value of a series
 * for ever, and count it towards their limit. There is no public way, so this goes to their private state; where that
 * looks different, nothing is done.
 */
export function dropStaleSeries(instrument: Observable, observed: readonly Attributes[]): void {
  const { _metricStorages: storages } = instrument as { _metricStorages?: Iterable<Storage> };
  try {
    for (const storage of storages ?? []) {
      const kept = new Set(observed.map((each) => canonical(process(storage, each))));
      for (const map of mapsOf(storage)) {
        for (const [hash, attributes] of map._keyMap) {
          if (kept.has(canonical(attributes))) continue;
          map._keyMap.delete(hash);
          map._valueMap.delete(hash);
        }
      }
    }
  } catch {
    // Another SDK, or another version of it.
  }
}

function mapsOf({ _deltaMetricStorage: delta, _temporalMetricStorage: temporal }: Storage): AttributesMap[] {
  return [
    delta._cumulativeMemoStorage,
    ...[...temporal._unreportedAccumulations.values()].flat(),
    ...[...temporal._reportHistory.values()].map(({ accumulations }) => accumulations),
  ];
}

/** What a View makes of attributes. */
const process = ({ _attributesProcessor: processor }: Storage, attributes: Attributes): Attributes =>
  processor?.process(attributes) ?? attributes;

const canonical = (attributes: Attributes): string =>
  JSON.stringify(Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1)));
