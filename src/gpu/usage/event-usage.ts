import { subscribe } from '../../bus/bus.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { Attributes } from '../../catalog/attributes.js';
import { wallClockMs } from '../../common/wall-clock.js';
import { gpuUsageTracker } from './gpu-usage-tracker.js';
import { hasReadings, processUsage, type SpanProcess, usesGpu } from './process-usage.js';
import { FRESH_MS } from './usage-accumulator.js';
import { learnWorker, processOfWorker } from './worker-processes.js';

const NS_PER_MS = 1e6;

/** GPU usage of spans that events of other processes make. */
export const eventUsage = {
  /** Follows the processes of workers. Returns the function that ends it. */
  start: (): (() => void) => subscribe('snakepit.pool.worker.spawned', learnWorker),

  /** Takes a reading for the start of a span, if its process uses a GPU. */
  begin(event: AnyEvent): void {
    const origin = hasReadings() ? processOf(event) : undefined;
    const now = performance.now();
    const wallClock = wallClockMs(now);
    if (origin !== undefined && usesGpu(origin, wallClock, wallClock))
      gpuUsageTracker().afterReading(now - FRESH_MS, nothing);
  },

  /** Calls `done` with the usage of a span, after a reading for its end if its process uses a GPU. Times are in ns since the epoch. */
  end(event: AnyEvent, start: number, end: number, done: (attributes?: Attributes) => void): void {
    const origin = hasReadings() ? processOf(event) : undefined;
    const [startMs, endMs] = [start / NS_PER_MS, end / NS_PER_MS];
    if (origin === undefined || !usesGpu(origin, startMs, endMs)) {
      done();
      return;
    }
    const now = performance.now();
    // A reading before the start of a span is none of it.
    const at = Math.max(now - FRESH_MS, now + startMs - wallClockMs(now));
    gpuUsageTracker().afterReading(at, () => done(processUsage(origin, startMs, endMs)));
  },
};

function processOf(event: AnyEvent): SpanProcess | undefined {
  const device = typeof event.metadata.device === 'string' ? event.metadata.device : undefined;
  const { pid, env } = event.remote?.process ?? processOfWorker(event) ?? {};
  return pid === undefined && device === undefined ? undefined : { pid, env, device };
}

const nothing = () => {};
