import { type Context, context, createContextKey, isSpanContextValid, trace } from '@opentelemetry/api';
import { execute } from '../../bus/bus.js';
import { nanoseconds } from '../../common/units.js';
import { type LibraryOperation, startOperation } from '../operations/library-operation.js';
import { optionsOf } from '../options/active-options.js';
import type { PoolTask } from './pool-task.js';

const CALL_KEY = createContextKey('snakepit.piscina.call');

/** Members of a `Piscina` that are read. */
export interface Pool {
  readonly options: { readonly filename?: unknown; readonly name?: unknown; readonly maxQueue?: unknown };
  readonly queueSize: number;
}

/** Messages of the errors with which a pool refuses a task. */
const REFUSALS = new Set(['Task queue is at limit', 'No task queue available and all Workers are busy']);

/** A call of `run()` that has begun. Its members but `dispatch` expect its context to be active. */
export class TaskCall {
  /** Context in which the task is submitted: its span is active, and {@link callIn} finds the call. */
  readonly context: Context;
  readonly #task: PoolTask;
  readonly #pool: Pool;
  readonly #operation: LibraryOperation;
  #workerId: string | undefined;
  #isSettled = false;
  #isEnqueued = false;

  constructor(task: PoolTask, command: string) {
    this.#task = task;
    this.#pool = task.object as Pool;
    this.command = command;
    this.#operation = startOperation({
      library: 'piscina',
      options: optionsOf('piscina'),
      spanName: command,
      attributes: { 'snakepit.pool': task.pool, 'code.function.name': task.name },
      metadata: {},
      info: task,
    });
    const { span } = this.#operation;
    const outside = context.active();
    const inside = isSpanContextValid(span.spanContext()) ? trace.setSpan(outside, span) : outside;
    this.context = inside.setValue(CALL_KEY, this);
  }

  readonly command: string;

  /** True once a thread has received the task. */
  get isDispatched(): boolean {
    return this.#workerId !== undefined;
  }

  /** Publishes that the task waits, unless it was refused or a thread has received it. */
  enqueue(): void {
    if (this.#isSettled || this.#workerId !== undefined) return;
    this.#isEnqueued = true;
    const { pool: pool_name } = this.#task;
    execute(
      'snakepit.pool.queue.enqueued',
      { queue_depth: this.#pool.queueSize, system_time: Date.now() * 1e6 },
      { pool_name, command: this.command },
    );
  }

  /**
   * Publishes that a thread receives the task. The active context may be that of another request.
   *
   * @param threadId id of the thread
   * @param waited time since the call, ms
   */
  dispatch(threadId: number, waited: number): void {
    const { pool } = this.#task;
    const worker_id = `${pool}_${threadId}`;
    this.#workerId = worker_id;
    const queue_time = nanoseconds(waited);
    const { span } = this.#operation;
    if (span.isRecording())
      span.setAttributes({
        'snakepit.worker_id': worker_id,
        'snakepit.queue_time': queue_time,
        'thread.id': threadId,
      });
    context.with(this.context, () => {
      if (this.#isEnqueued)
        execute(
          'snakepit.pool.queue.dequeued',
          { queue_time, queue_depth: this.#pool.queueSize },
          { pool_name: pool, worker_id },
        );
      execute(
        'snakepit.pool.call.dispatched',
        { system_time: Date.now() * 1e6 },
        { pool, worker_id, command: this.command, queued: this.#isEnqueued },
      );
    });
  }

  /** Publishes the result of the task, and ends its span. */
  succeed(result: unknown): void {
    this.#settle(true, false);
    this.#operation.succeed(result, {}, {});
  }

  /** Publishes the failure of the task, and ends its span. */
  fail(error: unknown): void {
    const { name, message } = Object(error) as { name?: unknown; message?: unknown };
    if (this.#workerId === undefined && REFUSALS.has(String(message))) this.#refuse();
    else this.#settle(false, name === 'AbortError');
    this.#operation.fail(error);
  }

  #settle(success: boolean, aborted: boolean): void {
    this.#isSettled = true;
    const duration_us = Math.round((performance.now() - this.#operation.startedAt) * 1000);
    const { pool } = this.#task;
    const metadata = { pool, worker_id: this.#workerId, command: this.command, success, aborted };
    execute('snakepit.request.executed', { duration_us }, metadata);
  }

  #refuse(): void {
    this.#isSettled = true;
    const { options, queueSize } = this.#pool;
    const max_queue_size = Number(options.maxQueue);
    execute('snakepit.pool.saturated', { queue_size: queueSize, max_queue_size }, { pool: this.#task.pool });
  }
}

/** Returns the call in whose context a task was submitted. */
export const callIn = (submitted: Context): TaskCall | undefined =>
  submitted.getValue(CALL_KEY) as TaskCall | undefined;
