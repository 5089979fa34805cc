/** Without the keys that hold nothing: absent is absent, for whoever lists the keys too. */
export function present<T extends object>(values: T): T {
  const kept: Partial<T> = {};
  // By hand, for it is on the way of every event of a GPU: several times as fast as by lists of entries.
  for (const key in values) if (values[key] !== undefined) kept[key] = values[key];
  return kept as T;
}
