import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './compare.mjs';
import { threadTime } from './thread-time.mjs';

/** Time before and after the work in which turns are measured, ms. */
const MARGIN_MS = 2;
const NS_PER_MS = 1e6;

/**
 * Returns the longest turn of the event loop during `work`: the time for which whatever becomes due then has to wait. Keeps the loop
 * turning. `monitorEventLoopDelay()` is no measure of it: libuv rounds timers to ms, so that a loop which is only awake is late by up to
 * 1 ms for it.
 *
 * @returns `elapsed`, and `cpu`: the processor time of this thread in the turn that has most of it, ns
 */
export async function longestTurn(work) {
  const longest = { elapsed: 0, cpu: 0 };
  let isDone = false;
  let began = performance.now();
  let cpuBegan = threadTime();
  const turn = () => {
    longest.elapsed = Math.max(longest.elapsed, (performance.now() - began) * NS_PER_MS);
    longest.cpu = Math.max(longest.cpu, threadTime() - cpuBegan);
    began = performance.now();
    cpuBegan = threadTime();
    if (!isDone) setImmediate(turn);
  };
  turn();
  await sleep(MARGIN_MS);
  await work();
  await sleep(MARGIN_MS);
  isDone = true;
  return longest;
}

/**
 * Compares the longest turns, by their 90th percentile, since a turn is long at times whatever runs.
 *
 * @param {Record<string, { elapsed: number, cpu: number }[]>} turns of each kind of work; the first is that of an idle process
 */
export function compareTurns(turns) {
  const [baseline, ...others] = Object.keys(turns);
  const at = (name, time) =>
    quantile(
      turns[name].map((each) => each[time]),
      0.9,
    );
  return others.flatMap((ours) =>
    Object.entries({ elapsed: 'elapsed time', cpu: 'CPU time' }).map(([time, title]) => ({
      title: `longest turn of the event loop, 90th percentile: ${title}`,
      targetNs: 1e6,
      baseline,
      ours,
      times: { [baseline]: at(baseline, time), [ours]: at(ours, time) },
    })),
  );
}
