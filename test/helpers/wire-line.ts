import { expect } from 'vitest';
import { publishWireEvent } from '../../src/bridge/index.js';

/** Time at which the events of a test begin, ms since the epoch. */
export const BEGIN_MS = 1_795_695_387_000;
const EXECUTE = 'snakepit.grpc_worker.execute';
const TOOL = 'snakepit.python.tool.execution';

/** Members of a line, apart from its name, measurements and time. */
export interface LineParts {
  readonly correlation_id?: string;
  readonly traceparent?: string;
  readonly producer?: string;
  readonly metadata?: Record<string, unknown>;
}

/** Publishes a line with a time, ms after BEGIN_MS. */
export function publishLine(
  event: string,
  atMs: number,
  measurements: object = {},
  parts: LineParts = {},
): void {
  const time = BigInt(BEGIN_MS) * 1_000_000n + BigInt(Math.round(atMs * 1e6));
  expect(publishWireEvent({ event, measurements, timestamp_ns: String(time), ...parts })).toBe('accepted');
}

const startAt = (name: string) => (atMs: number, parts?: LineParts) =>
  publishLine(`${name}.start`, atMs, { system_time: (BEGIN_MS + atMs) * 1e6 }, parts);
const stopAt = (name: string) => (atMs: number, durationMs: number, parts?: LineParts) =>
  publishLine(`${name}.stop`, atMs, { duration: durationMs * 1e6 }, parts);

/** Lines of a call of Elixir, times in ms after BEGIN_MS. */
export const call = { start: startAt(EXECUTE), stop: stopAt(EXECUTE), name: EXECUTE };
/** Lines of a tool of Python. */
export const tool = { start: startAt(TOOL), stop: stopAt(TOOL), name: TOOL };
/** Lines of a span that is not in the catalog. */
export const work = { start: startAt('work'), stop: stopAt('work'), name: 'snakepit.python.work' };
