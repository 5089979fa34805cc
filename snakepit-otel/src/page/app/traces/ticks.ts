/** Returns round values from 0 up to `total`, about `count` of them. */
export function roundTicks(total: number, count: number): number[] {
  if (!(total > 0)) return [0];
  const raw = total / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  const ticks: number[] = [];
  for (let index = 0; index * step < total; index += 1) ticks.push(index * step);
  return ticks;
}
