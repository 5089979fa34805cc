/**
 * What the work comes to, or `late` when that takes longer. The work goes on either way.
 *
 * @param limitMs ms
 * @param options.holds whether the process is kept alive until then. @default true
 */
export function withTimeout<T>(
  limitMs: number,
  work: Promise<T>,
  late: T,
  { holds = true }: { readonly holds?: boolean } = {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), limitMs);
    if (!holds) timer.unref();
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
