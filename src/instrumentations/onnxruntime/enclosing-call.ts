import { type Context, context, createContextKey } from '@opentelemetry/api';
import type { Session } from './sessions.js';

const CALL_KEY = createContextKey('snakepit.onnxruntime.call');

/** Times of a run, ns. */
export interface RunTimes {
  /** Until the runtime began. */
  readonly queue_time: number;
  /** From then to the result. */
  readonly compute_time: number;
}

/** A call of a library on top of ONNX Runtime, which records the runs inside it as a part of itself. Its members must not throw. */
export interface EnclosingCall {
  /** Name of the model if the call loads it; `undefined` if the call runs it. */
  readonly loads: string | undefined;
  readonly hasEnded: boolean;
  /** Adds a session that was loaded inside. @param bytes size of its file or buffer; `undefined` if unknown */
  addSession(bytes: number | undefined): void;
  /** Returns true for a session whose runs are a part of the call. */
  includes(session: object): boolean;
  /** Adds a run that begins. Returns false if it is not recorded. @param inputs inputs of the run by name */
  addRun(session: object, facts: Session, inputs: object): boolean;
  /** Adds the end of a run that was added. @param times `undefined` if they are unknown */
  endRun(session: object, times: RunTimes | undefined): void;
}

/** Returns a context whose runs and loads are a part of the call. */
export const setEnclosingCall = (outside: Context, call: EnclosingCall): Context =>
  outside.setValue(CALL_KEY, call);

/** Returns the innermost call that has not ended. Code of the host can go on in the context of an earlier call. */
export function enclosingCall(): EnclosingCall | undefined {
  const call = context.active().getValue(CALL_KEY) as EnclosingCall | undefined;
  return call?.hasEnded === false ? call : undefined;
}
