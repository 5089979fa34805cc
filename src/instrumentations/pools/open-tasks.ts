/** Number of tasks by pool that wait or run. */
const counts = new WeakMap<object, number>();

/** Returns the number of recorded tasks of a pool that have not ended. */
export const openTasks = (pool: object): number => counts.get(pool) ?? 0;

/** Counts a task of a pool that begins or ends. */
export function countTask(pool: object, change: 1 | -1): void {
  counts.set(pool, openTasks(pool) + change);
}
