// Measures a task of a pool of threads that does nothing, and one that computes for 1 ms, plain and instrumented, with an SDK that records and
// inside of a request.
import { trace } from '@opentelemetry/api';
import { amountFor, compareCost, comparePairs, onOneProcessor, report } from './compare.mjs';

const CALLS = { plain: 200, 'span by hand': 200, instrumented: 200 };

/**
 * Measures, and reports. Each function runs a task that computes an amount.
 *
 * @param {string} pool what the task is of, for titles
 * @param {object} run
 * @param {(amount: number) => PromiseLike<unknown>} run.plain
 * @param {(amount: number, span: import('@opentelemetry/api').Span) => PromiseLike<unknown>} run.byHand ends the span
 * @param {(amount: number) => PromiseLike<unknown>} run.instrumented
 * @param {() => Promise<unknown>} close ends the pools and the SDK
 */
export async function reportTaskCost(pool, { plain, byHand, instrumented }, close) {
  const tracer = trace.getTracer('bench');
  const candidates = (amount) => ({
    plain: () => plain(amount),
    'span by hand': () => tracer.startActiveSpan('task', (span) => byHand(amount, span)),
    instrumented: () => instrumented(amount),
  });
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const inRequest = (work) => tracer.startActiveSpan('request', (span) => work().finally(() => span.end()));
  const { elapsed } = await inRequest(() => compareCost(candidates(0), { rounds: 41, calls: CALLS }));
  const amount = await amountFor(plain, 1e6);
  const oneMs = await inRequest(() => onOneProcessor(() => comparePairs(candidates(amount))));
  await close();
  const compared = { baseline: 'plain', ours: 'instrumented' };
  report([
    { title: `task of ${pool} that does nothing`, target: 2, ...compared, times: elapsed },
    ...['elapsed', 'cpu'].map((kind) => ({
      title: `task of ${pool} that computes for 1 ms: ${kind}`,
      target: 1.01,
      ...compared,
      times: oneMs[kind],
    })),
  ]);
}
