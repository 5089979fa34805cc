import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns the longest delay of the event loop during `work`, ns. */
export async function longestDelay(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(5);
  await work();
  await sleep(40);
  delay.disable();
  return delay.max;
}
