/**
 * Times candidates against each other: short rounds, the candidates in turn within each, so that a busy machine
 * slows all of them alike. Returns the median nanoseconds per call of each.
 *
 * @param {Record<string, (i: number) => void>} candidates
 * @param {{ rounds?: number, calls?: number, afterRound?: () => void | Promise<void> }} [options]
 */
export async function compare(candidates, { rounds = 31, calls = 20_000, afterRound = () => {} } = {}) {
  const names = Object.keys(candidates);
  const times = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = -3; round < rounds; round++) {
    for (const name of names) {
      const run = candidates[name];
      const begin = process.hrtime.bigint();
      for (let i = 0; i < calls; i++) run(i);
      await afterRound();
      const perCall = Number(process.hrtime.bigint() - begin) / calls;
      if (round >= 0) times[name].push(perCall); // the first rounds warm up
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Hands a scenario's result to the parent process. @param {{ title: string, target: number, floor: string, ours: string, times: Record<string, number> }[]} rows */
export function report(rows) {
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}
