import { combinePatches } from '../patching/library-patches.js';
import { beforeCalls } from '../patching/wrap-method.js';

/** A cockatiel policy, versions 3 and 4: the public member that is read. */
export interface CockatielPolicy {
  /** Calls a function under the policy. */
  execute(...args: never[]): Promise<unknown>;
}

/** Emitter of an event such as `onBreak`. Private, but the same in every supported version. */
interface Emitter {
  emit(value: unknown): void;
}

/** Runs the functions of a policy, and times them while its emitters have listeners. */
export interface Executor {
  readonly successEmitter: Emitter;
  readonly failureEmitter: Emitter;
  invoke(...args: unknown[]): Promise<unknown>;
}

/** Failure of a function that an executor ran. */
export interface Failure {
  /** Duration of the call, ms. */
  readonly duration: number;
  /** True if the policy handles this kind of failure. */
  readonly handled: boolean;
  readonly reason: Outcome;
}

/** An error, or a returned value that the policy treats as a failure. */
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
 * Calls `listener` with the values that an emitter emits, before its listeners. Adds no listener to the emitter: cockatiel calls one
 * listener in another way than several, which a host can observe if a listener adds others.
 */
export const onEmit = <T>(policy: object, emitter: string, listener: (value: T) => void): (() => void) =>
  beforeCalls(Reflect.get(policy, emitter) as Emitter, 'emit', (value) => listener(value as T));

/** Calls `onSuccess` or `onFailure` with the outcome of every function that the executor runs. */
export function onOutcomes(
  executor: Executor,
  onSuccess: (outcome: { readonly duration: number }) => void,
  onFailure: (outcome: Failure) => void,
): () => void {
  return combinePatches(
    () => onEmit(executor, 'successEmitter', onSuccess),
    () => onEmit(executor, 'failureEmitter', onFailure),
    () => keepTiming(executor.successEmitter),
  )();
}

/** Keeps an executor timing and emitting, which it does only while its emitters have listeners. */
function keepTiming(emitter: Emitter): () => void {
  Object.defineProperty(emitter, 'size', { get: () => 1, configurable: true });
  return () => {
    Reflect.deleteProperty(emitter, 'size');
  };
}
