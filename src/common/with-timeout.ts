/**
 * Returns the result of `work`, or `fallback` at the time limit. Does not stop the work; for work that can be aborted, see
 * `Deadline`.
 *
 * @param limitMs time limit, ms
 * @param options.ref keeps the process alive until then. @default true
 */
export function withTimeout<T>(
  limitMs: number,
  work: Promise<T>,
  fallback: T,
  { ref = true }: { readonly ref?: boolean } = {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(fallback), limitMs);
    if (!ref) timer.unref();
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
