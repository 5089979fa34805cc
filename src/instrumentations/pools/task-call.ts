import { type Context, context, isSpanContextValid, trace } from '@opentelemetry/api';
import { channelOf, execute, publishUntraced } from '../../bus/bus.js';
import { catchErrors } from '../../common/catch-errors.js';
import { isError } from '../../common/is-error.js';
import { readError } from '../../common/read-error.js';
import { nanoseconds } from '../../common/units.js';
import { NO_METADATA } from '../../spans/metadata.js';
import { type LibraryOperation, startOperation } from '../operations/library-operation.js';
import type { LibraryOptions } from '../options/library-options.js';
import type { PoolTask } from './pool-task.js';
import type { TaskNames } from './task-names.js';
import type { TaskPool } from './task-pool.js';

/** Parts in which the libraries of pools of tasks differ. */
export interface TaskLibrary {
  /** Key of the library in `instrumentations`. */
  readonly name: 'piscina' | 'workerpool';
  /** Pools that the library has used. */
  readonly pools: {
    /** Adds a pool when it is used first. */
    observe(pool: object, name: string): void;
  };
  /** Returns the number of tasks that wait in a pool. */
  queueSize(pool: object): number;
  /** Returns the highest number of tasks that may wait in a pool. */
  maxQueueSize(pool: object): number;
  /** Returns true for the message of an error with which a pool refuses a task because its queue is full. */
  isRefusal(message: string): boolean;
  /**
   * Returns the exit code in the message of an error with which a pool fails the tasks of a worker that has ended by itself; `undefined`
   * for other errors, and for a library whose workers report their crashes themselves.
   */
  exitCodeIn?(message: string): number | undefined;
}

const dispatched = channelOf('snakepit.pool.call.dispatched');
const executed = channelOf('snakepit.request.executed');

/** Names of the errors of tasks that the host aborted: those of piscina and of workerpool. */
const ABORTS = new Set(['AbortError', 'CancellationError']);

// A class of the host may override what is read.
const readQueue = catchErrors('Reading the queue of a pool', (read: () => number) => read());

/** Errors of workers that have ended: each is that of all tasks of its worker. */
const crashes = new WeakSet<object>();

/** A call that submits a task to a pool. Its members but `dispatch` expect its context to be active. */
export class TaskCall {
  /** Context of the call, with its span. */
  readonly context: Context;
  readonly #library: TaskLibrary;
  readonly #task: PoolTask;
  readonly #command: string;
  readonly #state: TaskPool;
  readonly #operation: LibraryOperation;
  #workerId: string | undefined;
  #isDispatched = false;
  #isSettled = false;
  #isEnqueued = false;

  /** @param state state of the pool of the task */
  constructor(
    library: TaskLibrary,
    options: LibraryOptions<PoolTask, object>,
    task: PoolTask,
    { command, spanName = command }: TaskNames,
    state: TaskPool,
  ) {
    this.#library = library;
    this.#task = task;
    this.#command = command;
    this.#state = state;
    const { pool, name } = task;
    this.#operation = startOperation({
      library: library.name,
      options,
      spanName,
      attributes:
        name === '' ? { 'snakepit.pool': pool } : { 'snakepit.pool': pool, 'code.function.name': name },
      metadata: NO_METADATA,
      info: task,
    });
    state.openTasks++;
    const { span } = this.#operation;
    const outside = context.active();
    const hasContext = span.isRecording() || isSpanContextValid(span.spanContext());
    this.context = hasContext ? trace.setSpan(outside, span) : outside;
  }

  /** Start of the call, ms of `performance.now()`. */
  get startedAt(): number {
    return this.#operation.startedAt;
  }

  /** True once a worker has received the task. */
  get isDispatched(): boolean {
    return this.#isDispatched;
  }

  /** Publishes that the task waits, unless it was refused or a worker has received it. */
  enqueue(): void {
    if (this.#isSettled || this.#isDispatched) return;
    this.#isEnqueued = true;
    const { pool: pool_name } = this.#task;
    execute(
      'snakepit.pool.queue.enqueued',
      { queue_depth: this.#queueSize(), system_time: Date.now() * 1e6 },
      { pool_name, command: this.#command },
    );
  }

  /**
   * Publishes that a worker has received the task. The active context may be that of another request.
   *
   * @param id id of the thread or process; `undefined` for a process that could not be started
   * @param waited time since the call, ms
   */
  dispatch(id: number | undefined, waited: number, mode: 'thread' | 'process' = 'thread'): void {
    this.#isDispatched = true;
    if (id !== undefined) this.#workerId = `${this.#task.pool}_${id}`;
    const queueTime = nanoseconds(waited);
    const { span } = this.#operation;
    if (span.isRecording()) {
      if (this.#workerId !== undefined) span.setAttribute('snakepit.worker_id', this.#workerId);
      span.setAttribute('snakepit.queue_time', queueTime);
      if (id !== undefined && mode === 'thread') span.setAttribute('thread.id', id);
    }
    if (!this.#isEnqueued && !dispatched.hasSubscribers) return;
    if (context.active() === this.context) this.#publishDispatch(queueTime);
    else context.with(this.context, () => this.#publishDispatch(queueTime));
  }

  #publishDispatch(queue_time: number): void {
    const { pool } = this.#task;
    const worker_id = this.#workerId;
    if (this.#isEnqueued)
      execute(
        'snakepit.pool.queue.dequeued',
        { queue_time, queue_depth: this.#queueSize() },
        { pool_name: pool, worker_id },
      );
    if (!dispatched.hasSubscribers) return;
    const metadata = { pool, worker_id, command: this.#command, queued: this.#isEnqueued };
    publishUntraced(dispatched, { system_time: Date.now() * 1e6 }, metadata);
  }

  /** Publishes the result of the task, and ends its span. */
  succeed(result: unknown): void {
    this.#settle(true, false);
    this.#operation.succeed(result);
  }

  /** Publishes the failure of the task, and ends its span. */
  fail(error: unknown): void {
    const { name, message } = readError(error);
    if (!this.#isDispatched && this.#library.isRefusal(message)) this.#refuse();
    else this.#settle(false, ABORTS.has(name));
    this.#publishCrash(error, message);
    this.#operation.fail(error);
  }

  #publishCrash(error: unknown, message: string): void {
    const exit_code = this.#isDispatched ? this.#library.exitCodeIn?.(message) : undefined;
    if (exit_code === undefined || !isError(error) || crashes.has(error)) return;
    crashes.add(error);
    const metadata = { pool: this.#task.pool, worker_id: this.#workerId, reason: error, exit_code };
    execute('snakepit.worker.crash', {}, metadata);
  }

  #settle(success: boolean, aborted: boolean): void {
    this.#end();
    if (!executed.hasSubscribers) return;
    const duration_us = Math.round((performance.now() - this.#operation.startedAt) * 1000);
    const { pool } = this.#task;
    const metadata = { pool, worker_id: this.#workerId, command: this.#command, success, aborted };
    publishUntraced(executed, { duration_us }, metadata);
  }

  #refuse(): void {
    this.#end();
    const { object, pool } = this.#task;
    const measurements = {
      queue_size: this.#queueSize(),
      max_queue_size: readQueue(() => this.#library.maxQueueSize(object)) ?? 0,
    };
    execute('snakepit.pool.saturated', measurements, { pool });
  }

  #end(): void {
    this.#isSettled = true;
    this.#state.openTasks--;
  }

  #queueSize(): number {
    return readQueue(() => this.#library.queueSize(this.#task.object)) ?? 0;
  }
}
