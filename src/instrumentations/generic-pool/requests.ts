import { channelOf, execute, publishUntraced } from '../../bus/bus.js';
import { catchErrors } from '../../common/catch-errors.js';
import { readError } from '../../common/read-error.js';
import { nanoseconds } from '../../common/units.js';
import { combinePatches, type Patch } from '../patching/library-patches.js';
import { privateMember } from '../patching/private-member.js';
import { beforeCallsOf, wrapMethod } from '../patching/wrap-method.js';
import { type Pool, recordedName } from './pool.js';

const ACTIVITY = 'Recording a request of generic-pool';

const dequeued = channelOf('snakepit.pool.queue.dequeued');

/** A request for an object of a pool: a call of `acquire()`. */
class Request {
  readonly startedAt = performance.now();
  isQueued = false;

  constructor(
    readonly pool: Pool,
    /** Name of the pool. */
    readonly name: string,
  ) {}

  queueTime(): number {
    return nanoseconds(performance.now() - this.startedAt);
  }
}

/** The request whose call runs at present. */
let current: Request | undefined;

/** Requests by the object that stands for them in the queue of the library. The promise that the host gets is left alone. */
const waiting = privateMember<Request>();

/** Records requests, and those that a pool refuses. */
export const recordRequests = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'acquire',
    (original) =>
      function (...args) {
        const outer = current;
        current = undefined;
        start(this as Pool);
        try {
          const promise = Reflect.apply(original, this, args);
          submitted();
          return promise;
        } finally {
          current = outer;
        }
      },
  );

const start = catchErrors(ACTIVITY, (pool: Pool) => {
  const name = recordedName(pool);
  if (name !== undefined) current = new Request(pool, name);
});

const submitted = catchErrors(ACTIVITY, () => {
  if (current === undefined || current.isQueued) return;
  const { pool, name } = current;
  const { maxWaitingClients: max_queue_size } = pool._config;
  const { pending: queue_size } = pool;
  if (max_queue_size === undefined || queue_size < max_queue_size || pool._draining) return;
  execute('snakepit.pool.saturated', { queue_size, max_queue_size }, { pool: name });
});

/** Records which object in the queue is a request. */
export const recordQueue = (prototype: object): (() => void) =>
  beforeCallsOf(prototype, 'enqueue', ACTIVITY, (_queue, [queued]) => {
    if (current === undefined || current.isQueued) return;
    current.isQueued = true;
    waiting.set(queued as object, current);
  });

/** Records the end of the wait of requests. */
export const recordOutcomes = (prototype: object): Patch =>
  combinePatches(
    () =>
      beforeCallsOf(prototype, 'resolve', ACTIVITY, (queued) => {
        const request = take(queued);
        if (request === undefined || !dequeued.hasSubscribers) return;
        const { pool, name } = request;
        const measurements = { queue_time: request.queueTime(), queue_depth: pool.pending };
        // The active span is that of the request that returns the object.
        publishUntraced(dequeued, measurements, { pool_name: name });
      }),
    () =>
      beforeCallsOf(prototype, 'reject', ACTIVITY, (queued, [error]) => {
        const request = take(queued);
        if (request === undefined || readError(error).name !== 'TimeoutError') return;
        const { pool, name } = request;
        execute(
          'snakepit.pool.queue.timeout',
          { queue_time: request.queueTime(), queue_depth: pool.pending },
          { pool_name: name, timeout_ms: pool._config.acquireTimeoutMillis },
        );
      }),
  );

function take(queued: object): Request | undefined {
  const request = waiting.get(queued);
  if (request !== undefined) waiting.set(queued, undefined);
  return request;
}
