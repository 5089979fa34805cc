/** Makes room for a new item in a set or map of at most `limit` items: deletes the one that was added first. */
export function forgetOldest<K>(items: Set<K> | Map<K, unknown>, limit: number): void {
  if (items.size < limit) return;
  const [oldest] = items.keys();
  items.delete(oldest as K);
}
