/**
 * Without the keys that hold nothing: absent is absent, for whoever lists the keys too. It is the same object where all of them
 * hold something. By hand, for it is on the way of every event of a GPU: several times as fast as by lists of entries.
 */
export function omitUndefined<T extends object>(values: T): T {
  for (const key in values) if (values[key] === undefined) return copyDefined(values);
  return values;
}

function copyDefined<T extends object>(values: T): T {
  const kept: Partial<T> = {};
  for (const key in values) if (values[key] !== undefined) kept[key] = values[key];
  return kept as T;
}

/** Makes no list of the keys. */
export function isEmpty(values: object): boolean {
  for (const _ in values) return false;
  return true;
}
