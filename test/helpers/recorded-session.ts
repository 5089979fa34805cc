import { readFileSync } from 'node:fs';

interface WireValue {
  readonly int_value?: string;
  readonly double_value?: number;
  readonly float_value?: number | null;
  readonly string_value?: string;
}

const linesOf = (file: string): Record<string, unknown>[] =>
  readFileSync(new URL(`../fixtures/snakepit-recordings/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Events of a real Elixir pool, as lines with the time at which `:telemetry` emitted them. */
export const elixirSession = () =>
  linesOf('10-real-elixir.ndjson').map(({ event, measurements, metadata, system_time_ns: timestamp_ns }) => ({
    event: event as string,
    measurements: measurements as Record<string, unknown>,
    metadata: metadata as Record<string, unknown>,
    timestamp_ns: timestamp_ns as number,
  }));

/** Events of a real Python worker, as lines. Events that were cut when they were recorded are left out. */
export const pythonSession = () =>
  linesOf('02-forms-nested-parallel.ndjson')
    .filter(({ kind, json }) => kind === 'event' && !(json as { truncated?: boolean }).truncated)
    .map(({ json }) => {
      const event = json as {
        event_parts: string[];
        measurements?: Record<string, WireValue>;
        metadata?: Record<string, string>;
        timestamp_ns: string;
        correlation_id?: string;
      };
      const measurements = Object.entries(event.measurements ?? {}).map(([key, value]) => [
        key,
        value.int_value ?? value.float_value ?? value.string_value,
      ]);
      return {
        event: event.event_parts.join('.'),
        measurements: Object.fromEntries(measurements),
        metadata: event.metadata ?? {},
        timestamp_ns: event.timestamp_ns,
        correlation_id: event.correlation_id,
      };
    });
