import type { Readiness } from '../sdk/health.js';
import type { Problem } from './source-report.js';

/** Outcome of a check. */
export interface Check {
  /** As `input unix` or `traces otlp`. */
  readonly name: string;
  /** Path, or URL without credentials. */
  readonly address?: string;
  readonly ok: boolean;
  /** What was seen, if it is fine. */
  readonly detail?: string;
  /** What is wrong, and what to do about it. */
  readonly problem?: Problem;
  /** False for a default of the agent, which does without it. */
  readonly isConfigured: boolean;
}

/** What was checked, beside the GPUs. */
export interface Checks {
  readonly inputs: readonly Check[];
  readonly exporters: readonly Check[];
  /** Pods of Kubernetes that hold GPUs; absent if the kubelet is not asked. */
  readonly pods?: Check;
  /** State of the agent that runs; absent if none does. */
  readonly agent?: Readiness;
}

/** Returns a problem without an absent remedy. */
export const problem = (cause: string, remedy: string | undefined): Problem =>
  remedy === undefined ? { cause } : { cause, remedy };
