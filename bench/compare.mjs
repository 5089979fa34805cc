import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { threadTime } from './thread-time.mjs';

/**
 * Measures the median time per call of each candidate, ns. Alternates between candidates in short rounds, so that a busy
 * machine slows all of them alike.
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
 * Measures the processor and the elapsed time per call of asynchronous candidates, ns. Processor time includes all threads
 * of this process and the processes that it started. Alternates between candidates in short rounds.
 *
 * @param {Record<string, () => Promise<unknown>>} candidates
 * @param {{ rounds?: number, calls?: Record<string, number> }} options calls in a round, by candidate
 * @returns `cpu`: mean, `elapsed`: median
 */
export async function compareCost(candidates, { rounds = 21, calls }) {
  const names = Object.keys(candidates);
  const cpu = Object.fromEntries(names.map((name) => [name, 0]));
  const elapsed = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = -3; round < rounds; round++) {
    for (const name of names) {
      const cpuBegin = processorTime();
      const begin = process.hrtime.bigint();
      for (let i = 0; i < calls[name]; i++) await candidates[name]();
      if (round < 0) continue; // the first rounds warm up
      cpu[name] += (processorTime() - cpuBegin) / calls[name] / rounds;
      elapsed[name].push(Number(process.hrtime.bigint() - begin) / calls[name]);
    }
  }
  return { cpu, elapsed: Object.fromEntries(names.map((name) => [name, median(elapsed[name])])) };
}

/** Rounds of calls that take about 1 ms: the first call of a round, after those of other candidates, has cold caches. */
export const LONG_ROUNDS = { rounds: 101, calls: 50 };

/** @typedef {{ cpu: number, elapsed: number, thread: number }} Cost */

/**
 * Measures the processor and the elapsed time per call of asynchronous candidates, ns, precisely enough for differences of 1 %: the
 * candidates follow each other in short rounds, in alternating order, and the result is the median of the differences to the first
 * one in each round. `cpu` is the processor time of all threads, `thread` that of this one, which other processes hardly change.
 *
 * @param {Record<string, () => Promise<unknown>>} candidates the first one is the baseline
 * @param {{ rounds?: number, calls: number }} options
 */
export async function comparePairs(candidates, { rounds = 151, calls }) {
  const names = Object.keys(candidates);
  const [baseline = ''] = names;
  const measured = /** @type {Record<string, Cost>[]} */ ([]);
  for (let round = -20; round < rounds; round++) {
    const results = /** @type {Record<string, Cost>} */ ({});
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const cpuBegin = process.cpuUsage();
      const begin = process.hrtime.bigint();
      const threadBegin = threadTime();
      for (let i = 0; i < calls; i++) await candidates[name]();
      const thread = (threadTime() - threadBegin) / calls;
      const elapsed = Number(process.hrtime.bigint() - begin) / calls;
      const { user, system } = process.cpuUsage(cpuBegin);
      results[name] = { cpu: ((user + system) * 1000) / calls, elapsed, thread };
    }
    if (round >= 0) measured.push(results); // the first rounds warm up
  }
  const timesOf = (kind) => {
    const first = median(measured.map((results) => results[baseline][kind]));
    return Object.fromEntries(
      names.map((name) => [
        name,
        first + median(measured.map((results) => results[name][kind] - results[baseline][kind])),
      ]),
    );
  };
  return { cpu: timesOf('cpu'), elapsed: timesOf('elapsed'), thread: timesOf('thread') };
}

/**
 * Returns the amount of work that takes a processor time on this machine. The amount must take that time repeatedly: code is several
 * times faster once it is compiled.
 *
 * @param {(amount: number) => unknown} work
 * @param {number} ns
 * @param {() => number} [now] clock, ns. Default: processor time of this process, as other processes may delay the work
 */
export async function amountFor(work, ns, now = processTime) {
  let amount = 1000;
  for (let round = 0, hits = 0; round < 100 && hits < 5; round++) {
    const times = [];
    for (let i = 0; i < 15; i++) {
      const begin = now();
      await work(amount);
      times.push(now() - begin);
    }
    const ratio = ns / median(times);
    if (Math.abs(ratio - 1) < 0.05) hits++;
    else amount = Math.round(amount * Math.min(ratio, 2));
  }
  return amount;
}

const NS_PER_TICK = 1e9 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Returns the processor time of this process, ns. */
function processTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Returns processor time, ns. Linux counts that of ended children in ticks, so it is exact only in sum. */
function processorTime() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return processTime() + (Number(fields[13]) + Number(fields[14])) * NS_PER_TICK;
}

/**
 * Runs `work` with all threads of this process and its children on one processor (Linux). If threads wake each other up, the
 * scheduler's choice of processor decides the result: virtual machines take tens of microseconds to wake another one.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function onOneProcessor(work) {
  const setAffinity = (cpus) =>
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cpus, `${process.pid}`]);
  const affinity = execFileSync('taskset', ['--cpu-list', '--pid', `${process.pid}`], { encoding: 'utf8' });
  const all = affinity.slice(affinity.lastIndexOf(':') + 1).trim();
  setAffinity(/\d+/.exec(all)?.[0] ?? all);
  try {
    return await work();
  } finally {
    setAffinity(all);
  }
}

/**
 * Returns a quantile.
 *
 * @param {number[]} values
 * @param {number} share of the values that are smaller
 */
export function quantile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

const median = (values) => quantile(values, 0.5);

/**
 * Sends a scenario's comparisons to the parent process. The target of `ours` is a ratio to `baseline`, or `baseline` plus
 * `targetNs`; a comparison without either is for information.
 *
 * @param {{ title: string, target?: number, targetNs?: number, baseline: string, ours: string, times: Record<string, number> }[]} comparisons
 */
export function report(comparisons) {
  process.stdout.write(`${JSON.stringify(comparisons)}\n`);
}
