/** Metadata of a span, by key. */
export type SpanMetadata = Readonly<Record<string, unknown>>;

export const NO_METADATA: SpanMetadata = Object.freeze({});

/** Returns the metadata with `extra`. Keys whose getter throws are left out. */
export function mergeMetadata(metadata: SpanMetadata, extra: SpanMetadata): SpanMetadata {
  try {
    return { ...metadata, ...extra };
  } catch {
    return { ...readable(metadata), ...readable(extra) };
  }
}

function readable(metadata: SpanMetadata): SpanMetadata {
  const copy: Record<string, unknown> = {};
  try {
    for (const key of Object.keys(metadata)) {
      try {
        copy[key] = metadata[key];
      } catch {}
    }
  } catch {}
  return copy;
}
