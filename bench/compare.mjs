import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

/**
 * What calls cost that others work for: nanoseconds of processor time (all threads of this process, and the processes that
 * it started) and of waiting per call, of candidates that are called one after the other, in turn for short rounds.
 *
 * @param {Record<string, () => Promise<unknown>>} candidates
 * @param {{ rounds?: number, calls?: Record<string, number> }} options calls in a round, by candidate
 */
export async function compareCost(candidates, { rounds = 21, calls }) {
  const names = Object.keys(candidates);
  const cpu = Object.fromEntries(names.map((name) => [name, 0]));
  const waited = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = -3; round < rounds; round++) {
    for (const name of names) {
      const cpuBegin = processorTime();
      const begin = process.hrtime.bigint();
      for (let i = 0; i < calls[name]; i++) await candidates[name]();
      if (round < 0) continue; // the first rounds warm up
      cpu[name] += (processorTime() - cpuBegin) / calls[name] / rounds;
      waited[name].push(Number(process.hrtime.bigint() - begin) / calls[name]);
    }
  }
  return { cpu, waited: Object.fromEntries(names.map((name) => [name, median(waited[name])])) };
}

const NS_PER_TICK = 1e9 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Nanoseconds. That of ended children is counted in ticks of the kernel: exact only in sum (Linux). */
function processorTime() {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (user + system) * 1000 + (Number(fields[13]) + Number(fields[14])) * NS_PER_TICK;
}

/**
 * Does something with all threads of this process, and all that it starts, on one processor (Linux). Where threads wake each
 * other up, virtual machines take tens of microseconds to wake another processor, and it is chance which one is taken.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function onOneProcessor(work) {
  const of = ['--all-tasks', '--cpu-list', '--pid'];
  const told = execFileSync('taskset', ['--cpu-list', '--pid', `${process.pid}`], { encoding: 'utf8' });
  const all = told.slice(told.lastIndexOf(':') + 1).trim();
  execFileSync('taskset', [...of, /\d+/.exec(all)?.[0] ?? all, `${process.pid}`]);
  try {
    return await work();
  } finally {
    execFileSync('taskset', [...of, all, `${process.pid}`]);
  }
}

/**
 * @param {number[]} values
 * @param {number} share of the values that are smaller
 */
export function quantile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

const median = (values) => quantile(values, 0.5);

/**
 * Hands a scenario's result to the parent process. The target of `ours` is a ratio to the floor, or `targetNs` on top of it;
 * without either, the row is for information.
 *
 * @param {{ title: string, target?: number, targetNs?: number, floor: string, ours: string, times: Record<string, number> }[]} rows
 */
export function report(rows) {
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}
