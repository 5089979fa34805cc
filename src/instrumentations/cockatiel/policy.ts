import { beforeCalls } from '../patching/wrap-method.js';

/** A policy of cockatiel, version 3 or 4, as far as its types tell. */
export interface CockatielPolicy {
  execute(...args: never[]): Promise<unknown>;
}

/** The emitter behind an event such as `onBreak`. Private, but the same in every version that is supported. */
interface Emitter {
  emit(value: unknown): void;
}

/** What runs the functions of a policy, and times them when somebody listens. */
export interface Executor {
  readonly successEmitter: Emitter;
  readonly failureEmitter: Emitter;
  invoke(...args: unknown[]): Promise<unknown>;
}

/** What an executor tells of a function that failed. `handled` errors are those that the policy is there for. */
export interface Failure {
  readonly duration: number;
  readonly handled: boolean;
  readonly reason: Outcome;
}

/** An error, or a returned value that the policy takes for one. */
export type Outcome = { readonly error: unknown } | { readonly value: unknown };

const hasMethod = (value: unknown, method: string): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';

export const hasEmitters = (policy: object, ...names: readonly string[]): boolean =>
  names.every((name) => hasMethod(Reflect.get(policy, name), 'emit'));

export const isPolicy = (value: object): value is CockatielPolicy => hasMethod(value, 'execute');

export function executorOf(policy: object): Executor | undefined {
  const executor: unknown = Reflect.get(policy, 'executor');
  if (!hasMethod(executor, 'invoke')) return undefined;
  return hasEmitters(executor as object, 'successEmitter', 'failureEmitter')
    ? (executor as Executor)
    : undefined;
}

/**
 * Receives what an emitter of the policy emits, ahead of its listeners. None is added to them: cockatiel calls one
 * listener, and a listener that is added meanwhile, in another order than two.
 */
export const onEmit = <T>(policy: object, emitter: string, listener: (value: T) => void): (() => void) =>
  beforeCalls(Reflect.get(policy, emitter) as Emitter, 'emit', (value) => listener(value as T));

/** Receives the outcome of every function that the executor runs. */
export function onOutcomes(
  executor: Executor,
  succeeded: (outcome: { readonly duration: number }) => void,
  failed: (outcome: Failure) => void,
): () => void {
  const stops = [
    onEmit(executor, 'successEmitter', succeeded),
    onEmit(executor, 'failureEmitter', failed),
    keepTiming(executor.successEmitter),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Executors time, and emit, only while their emitters say that they have listeners. */
function keepTiming(emitter: Emitter): () => void {
  Object.defineProperty(emitter, 'size', { get: () => 1, configurable: true });
  return () => {
    Reflect.deleteProperty(emitter, 'size');
  };
}
