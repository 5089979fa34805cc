import type { Span } from '@opentelemetry/api';

/** A child process that an event comes from. */
export interface ChildProcessOrigin {
  /** Id of the process. */
  readonly pid: number;
  /** Its environment. @default unknown */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Origin of an event that another process emitted. */
export interface RemoteOrigin {
  /** Time of the event by its own clock, ns since the epoch. @default the time of its arrival */
  readonly timestampNs?: number | bigint;
  /** W3C `traceparent` under which the event happened. @default none */
  readonly traceparent?: string;
  /** Stream that the event came from, such as a connection or a child process. @default none */
  readonly producer?: string;
  /** Child process that emitted it, which `watchChildProcess()` watches. @default none */
  readonly process?: ChildProcessOrigin;
}

/** An event of any name, as recorders read it: its values are untrusted. */
export interface AnyEvent {
  /** Name of the event. */
  readonly name: string;
  /** Numbers, by key. */
  readonly measurements: Readonly<Record<string, unknown>>;
  /** Everything else, by key. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** OTel span of the operation. Events of the Span helper and of libraries carry one. */
  readonly span?: Span;
  /** Origin of an event of another process; absent for events of this process. */
  readonly remote?: RemoteOrigin;
}
