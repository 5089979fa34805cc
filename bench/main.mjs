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

const table = rows.flatMap(({ title, target, floor, ours, times }) =>
  Object.entries(times).map(([name, ns]) => ({
    what: title,
    candidate: name,
    'ns per call': Number(ns.toFixed(1)),
    'ratio to floor': Number((ns / times[floor]).toFixed(2)),
    target: name === ours ? `≤ ${target}` : name === floor ? 'floor' : 'rival',
    met: name === ours ? (ns / times[floor] <= target ? 'yes' : 'NO') : '',
  })),
);
console.table(table);
