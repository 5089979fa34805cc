// `npm run bench -- [--json] [name]`: runs the scenarios whose file name contains `name`, each in a process of its own, and
// compares this package with a baseline. Ratios are of one run, so that they hold on any machine.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const scenarios = new URL('./scenarios/', import.meta.url);
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' } },
  allowPositionals: true,
});
const [filter = ''] = positionals;
const comparisons = [];

for (const file of readdirSync(scenarios).filter((name) => name.includes(filter))) {
  const { stdout } = await run(process.execPath, [new URL(file, scenarios).pathname]);
  comparisons.push(...JSON.parse(stdout));
}

const rows = comparisons.flatMap(({ title, target, targetNs, baseline, ours, times }) => {
  const limitNs = targetNs === undefined ? target * times[baseline] : times[baseline] + targetNs;
  const limit = targetNs === undefined ? `≤ ${target}` : `≤ baseline + ${targetNs / 1e6} ms`;
  return Object.entries(times).map(([name, ns]) => {
    const hasTarget = name === ours && !Number.isNaN(limitNs);
    return {
      scenario: title,
      candidate: name,
      'ns per call': Number(ns.toFixed(1)),
      'ratio to baseline': Number((ns / times[baseline]).toFixed(ns < times[baseline] / 10 ? 4 : 3)),
      target: hasTarget ? limit : name === baseline ? 'baseline' : name === ours ? '' : 'alternative',
      met: hasTarget ? (ns <= limitNs ? 'yes' : 'NO') : '',
    };
  });
});
if (values.json) console.log(JSON.stringify(rows, undefined, 2));
else console.table(rows);
