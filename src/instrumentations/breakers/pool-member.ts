import { execute } from '../../bus/bus.js';
import type { CircuitState, Pool } from './pool.js';

/** What is kept of an instrumented breaker or policy. It has no hold on the object itself. */
export class PoolMember {
  constructor(protected current: Pool) {}

  /** The name that it reports under. */
  get pool(): string {
    return this.current.name;
  }

  moveTo(pool: Pool): void {
    this.current = pool;
  }

  leave(): void {}
}

/** The member that stands for a circuit breaker: publishes its transitions. */
export class CircuitMember extends PoolMember {
  /** When it was seen to open, ms of `performance.now()`. */
  private openedAt: number | undefined;
  private gone = false;

  constructor(
    pool: Pool,
    private state: CircuitState,
  ) {
    super(pool);
    pool.count(undefined, state);
  }

  override moveTo(pool: Pool): void {
    if (this.gone || pool === this.current) return;
    this.current.count(this.state, undefined);
    this.current = pool;
    pool.count(undefined, this.state);
  }

  override leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.current.count(this.state, undefined);
  }

  opened(failureCount: number, reason: string): void {
    if (this.state === 'open') return;
    execute('snakepit.circuit_breaker.opened', { failure_count: failureCount }, { pool: this.pool, reason });
    this.openedAt = performance.now();
    this.enter('open');
  }

  halfOpened(): void {
    if (this.state === 'half_open') return;
    execute('snakepit.circuit_breaker.half_open', this.timeOpen(), { pool: this.pool });
    this.enter('half_open');
  }

  closed(): void {
    if (this.state === 'closed') return;
    execute('snakepit.circuit_breaker.closed', this.timeOpen(), { pool: this.pool });
    this.enter('closed');
  }

  private enter(state: CircuitState): void {
    const from = this.state;
    this.state = state;
    if (!this.gone) this.current.count(from, state);
  }

  /** How long it has been open, once, where that is known. */
  private timeOpen(): { open_duration?: number } {
    const { openedAt } = this;
    this.openedAt = undefined;
    return openedAt === undefined ? {} : { open_duration: nanoseconds(performance.now() - openedAt) };
  }
}

/** Milliseconds, as the libraries tell them, in the unit of the bus. Clocks may have been set back. */
export const nanoseconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1e6));

/** What kind of error it is, without its message. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return error.name === 'Error' && typeof code === 'string' ? code : error.name;
}
