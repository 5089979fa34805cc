// Runs every scenario in a process of its own and prints this package against its floors, as ratios of one run.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const scenarios = new URL('./scenarios/', import.meta.url);
const only = process.argv[2];
const rows = [];

for (const file of readdirSync(scenarios).filter((name) => name.includes(only ?? ''))) {
  const { stdout } = await run(process.execPath, [new URL(file, scenarios).pathname]);
  rows.push(...JSON.parse(stdout));
}

const table = rows.flatMap(({ title, target, targetNs, floor, ours, times }) => {
  const limit = targetNs === undefined ? target * times[floor] : times[floor] + targetNs;
  const text = targetNs === undefined ? `≤ ${target}` : `≤ floor + ${targetNs / 1e6} ms`;
  return Object.entries(times).map(([name, ns]) => {
    const isOurs = name === ours && !Number.isNaN(limit);
    return {
      what: title,
      candidate: name,
      'ns per call': Number(ns.toFixed(1)),
      'ratio to floor': Number((ns / times[floor]).toFixed(ns < times[floor] / 10 ? 4 : 2)),
      target: isOurs ? text : name === floor ? 'floor' : name === ours ? '' : 'rival',
      met: isOurs ? (ns <= limit ? 'yes' : 'NO') : '',
    };
  });
});
console.table(table);
