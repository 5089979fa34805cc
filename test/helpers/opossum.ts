import { createRequire } from 'node:module';

/** Members of opossum that the tests use; it has no types of its own. */
export interface Breaker {
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly closed: boolean;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly pendingClose: boolean;
  readonly stats: Readonly<Record<string, number>> & { readonly failures: number };
  fire(...args: unknown[]): Promise<unknown>;
  emit(event: string, ...args: unknown[]): boolean;
  on(event: string, listener: (...args: unknown[]) => void): this;
  eventNames(): (string | symbol)[];
  listenerCount(event: string): number;
  fallback(fn: (...args: unknown[]) => unknown): this;
  healthCheck(fn: () => Promise<unknown>, interval?: number): void;
  open(): void;
  close(): void;
  disable(): void;
  shutdown(): void;
}

export type BreakerClass = new (
  action: (...args: never[]) => unknown,
  options?: Record<string, unknown>,
) => Breaker;

export const CircuitBreaker: BreakerClass = createRequire(import.meta.url)('opossum');
