// `npm run bench -- [--json] [--runs <n>] [name]`: runs the scenarios whose file name contains `name`, each in a process of its own, and
// compares this package with a baseline. Ratios are of one run, so that they hold on any machine. With several runs, the result is the
// one with the median ratio: processes differ in how V8 compiles and places code, which decides about differences of 1 %.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const scenarios = new URL('./scenarios/', import.meta.url);
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, runs: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [filter = ''] = positionals;
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs must be a positive integer: ${values.runs}`);
const comparisons = [];

for (const file of readdirSync(scenarios).filter((name) => name.includes(filter))) {
  const results = [];
  for (let i = 0; i < runs; i++) {
    const { stdout } = await run(process.execPath, [new URL(file, scenarios).pathname]);
    results.push(JSON.parse(stdout));
  }
  comparisons.push(...results[0].map((_, i) => medianOf(results.map((result) => result[i]))));
}

/** Returns the comparison with the median ratio, and the lowest and the highest ratio. */
function medianOf(repeated) {
  const ratio = ({ times, ours, baseline }) => times[ours] / times[baseline];
  const sorted = repeated.toSorted((a, b) => ratio(a) - ratio(b));
  const range = [sorted[0], sorted[sorted.length - 1]].map((result) => ratio(result).toFixed(3)).join('–');
  return { ...sorted[Math.floor(sorted.length / 2)], range };
}

const rows = comparisons.flatMap(({ title, target, targetNs, baseline, ours, times, range }) => {
  const limitNs = targetNs === undefined ? target * times[baseline] : times[baseline] + targetNs;
  const limit = targetNs === undefined ? `≤ ${target}` : `≤ baseline + ${targetNs / 1e6} ms`;
  return Object.entries(times).map(([name, ns]) => {
    const hasTarget = name === ours && !Number.isNaN(limitNs);
    return {
      scenario: title,
      candidate: name,
      'ns per call': Number(ns.toFixed(1)),
      'ratio to baseline': Number((ns / times[baseline]).toFixed(ns < times[baseline] / 10 ? 4 : 3)),
      ...(runs > 1 && { 'of all runs': name === ours ? range : '' }),
      target: hasTarget ? limit : name === baseline ? 'baseline' : name === ours ? '' : 'alternative',
      met: hasTarget ? (ns <= limitNs ? 'yes' : 'NO') : '',
    };
  });
});
if (values.json) console.log(JSON.stringify(rows, undefined, 2));
else console.table(rows);
