import type { ErrorDetail, Trace } from '../../page/contract.js';
import type { LiveState } from './model/live-state.js';
import type { ViewState } from './view-state.js';

/** What is known of one trace or error: loaded, still to come, or why it cannot be loaded. */
export type Loaded<T> = { readonly value: T } | { readonly failure: string } | undefined;

/** How the data arrives. */
export interface Connection {
  readonly state: 'connecting' | 'live' | 'lost';
  /** When the state began, ms on this host's clock. */
  readonly since: number;
  readonly reason?: string;
  /** As `http://127.0.0.1:4321`, or `this host`. */
  readonly origin: string;
}

/** Everything that a frame shows. */
export interface Context {
  readonly state: LiveState;
  readonly view: ViewState;
  readonly connection: Connection;
  /** The agent's time. */
  readonly now: number;
  readonly intervalMs: number;
  /** Messages that arrived since drawing was paused; undefined while it is not. */
  readonly missed: number | undefined;
  readonly trace: (id: string) => Loaded<Trace>;
  readonly error: (id: string) => Loaded<ErrorDetail>;
}
