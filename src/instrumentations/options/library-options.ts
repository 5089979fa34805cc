import type { Span } from '@opentelemetry/api';
import type { ResourcePool } from '../generic-pool/resource-pool.js';
import type { Inference } from '../onnxruntime/inference.js';
import type { PoolTask } from '../pools/pool-task.js';
import type { PythonCall } from '../python/python-call.js';
import type { ModelCall } from '../transformers/model-call.js';
import type { SpawnedWorker } from '../workers/spawned-worker.js';

/**
 * Options of one instrumented library. Hooks are not awaited. An error that one throws, or rejects with, is logged once through `diag`.
 *
 * `I` describes an operation, `O` is the object that runs it.
 */
export interface LibraryOptions<I, O> {
  /** Instruments the library. @default true */
  readonly enabled?: boolean;
  /** Records a span only inside another one. Events and metrics are recorded either way. @default true */
  readonly requireParentSpan?: boolean;
  /** Returns true for an operation that is not recorded: no span and no event. @default none */
  readonly ignore?: (operation: I) => boolean;
  /** Called with the span of an operation after its start. @default none */
  readonly startHook?: (span: Span, operation: I) => void;
  /**
   * Called with the span of an operation before its end, with the result, or with `undefined` and the error.
   * @default none
   */
  readonly endHook?: (span: Span, operation: I, result: unknown, error: unknown) => void;
  /** Returns the name of an object in spans and metrics; `undefined` for the default. @default none */
  readonly nameOf?: (object: O) => string | undefined;
}

/** Options of the threads and child processes of Node, which have no spans. */
export type WorkerOptions = Pick<LibraryOptions<SpawnedWorker, object>, 'enabled' | 'ignore' | 'nameOf'>;

/** Options of pools of objects such as sessions, which have no spans. */
export type ResourcePoolOptions = Pick<LibraryOptions<ResourcePool, object>, 'ignore' | 'nameOf'> & {
  /** Instruments the library. @default false */
  readonly enabled?: boolean;
};

/** Options of the instrumented libraries. */
export interface InstrumentationsConfig {
  /** `onnxruntime-node`: runs of models. `nameOf` receives a session and returns the name of its model. */
  readonly onnxruntime?: LibraryOptions<Inference, object>;
  /** `piscina`: tasks of pools of threads. `nameOf` receives the `Piscina` and returns the name of the pool. */
  readonly piscina?: LibraryOptions<PoolTask, object>;
  /**
   * `workerpool`: tasks of pools of threads and processes. `nameOf` receives the `Pool` and returns the name of the pool.
   */
  readonly workerpool?: LibraryOptions<PoolTask, object>;
  /**
   * `generic-pool`: requests for pooled objects, as metrics. Recorded only if `enabled` is set. `nameOf` receives the `Pool` and returns
   * the name of the pool.
   */
  readonly genericPool?: ResourcePoolOptions;
  /**
   * `@huggingface/transformers`: loads of models, calls of pipelines and of `generate()`. `nameOf` receives a model and returns its name.
   */
  readonly transformers?: LibraryOptions<ModelCall, object>;
  /** Threads of `node:worker_threads`. `nameOf` receives the `Worker` and returns the name of its pool. */
  readonly workerThreads?: WorkerOptions;
  /**
   * Processes of `node:child_process`. `ignore` decides which are recorded: by default, it ignores all but Python. `nameOf` receives the
   * `ChildProcess` and returns the name of its pool.
   */
  readonly childProcess?: WorkerOptions;
  /**
   * Python processes of `node:child_process`. `nameOf` receives the `ChildProcess` after its start, and returns the name of what it runs.
   */
  readonly python?: LibraryOptions<PythonCall, object>;
}

/** Name of a library with options. */
export type LibraryName = keyof InstrumentationsConfig;
