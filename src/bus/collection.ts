const listeners = new Set<() => void>();

/**
 * Calls `publish` each time before metrics are collected, until the returned function is called. A producer publishes there what it
 * can read at any time, such as the state of a pool, and needs no timer. `publish` must not throw.
 */
export function onCollection(publish: () => void): () => void {
  listeners.add(publish);
  return () => {
    listeners.delete(publish);
  };
}

/** Makes the producers publish their current state. */
export function beforeCollection(): void {
  for (const publish of listeners) publish();
}
