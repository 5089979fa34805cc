// Measures a task of a pool of threads that does nothing, and one that takes 1 ms, plain and instrumented, with an SDK that records and
// inside of a request. One task runs at a time, on one processor: what is measured is the sum of the work of all threads, without the
// luck of the scheduler.
import { context, propagation, trace } from '@opentelemetry/api';
import { amountFor, comparePairs, LONG_ROUNDS, onOneProcessor, report } from './compare.mjs';
import { asyncSpanByHand } from './span-by-hand.mjs';

/**
 * Measures, and reports. Each function runs a task that computes an amount.
 *
 * @param {string} pool what the task is of, for titles
 * @param {object} run
 * @param {(amount: number) => PromiseLike<unknown>} run.plain
 * @param {(amount: number, carrier: object) => PromiseLike<unknown>} run.byHand sends a carrier to the task
 * @param {(amount: number) => PromiseLike<unknown>} run.instrumented
 * @param {() => Promise<unknown>} close ends the pools and the SDK
 */
export async function reportTaskCost(pool, { plain, byHand, instrumented }, close) {
  const tracer = trace.getTracer('bench');
  const candidates = (amount) => ({
    plain: () => plain(amount),
    'span by hand': () => taskByHand(tracer, (carrier) => byHand(amount, carrier)),
    instrumented: () => instrumented(amount),
  });
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const inRequest = (work) => tracer.startActiveSpan('request', (span) => work().finally(() => span.end()));
  const [nothing, oneMs] = await onOneProcessor(async () => {
    const amount = await amountFor(plain, 1e6);
    return [
      await inRequest(() => comparePairs(candidates(0), { calls: 100 })),
      await inRequest(() => comparePairs(candidates(amount), LONG_ROUNDS)),
    ];
  });
  await close();
  const rows = (title, target, measured) =>
    Object.entries({ elapsed: measured.elapsed, 'processor time': measured.cpu }).map(([kind, times]) => ({
      title: `task of ${pool} that ${title}: ${kind}`,
      target,
      baseline: 'plain',
      ours: 'instrumented',
      times,
    }));
  report([...rows('does nothing', 2, nothing), ...rows('takes 1 ms', 1.01, oneMs)]);
}

/**
 * Records a task as careful code of a user does: a span with attributes that is active meanwhile, a carrier for spans in the thread, the
 * error of the task. It has no metrics and no queue time.
 */
const taskByHand = (tracer, run) =>
  asyncSpanByHand(tracer, 'task', { 'myapp.pool': 'worker', 'code.function.name': 'default' }, () => {
    const carrier = {};
    propagation.inject(context.active(), carrier);
    return run(carrier);
  });
