import {
  type Attributes,
  type ExportedKeys,
  eventAttributes,
  exportedKeys,
} from '../../catalog/attributes.js';
import type { CustomEventDefinition, LogLevel } from '../../catalog/event-definition.js';
import type { AnyEvent } from '../../catalog/event-map.js';
import { singleLine } from '../../common/single-line.js';

interface Line {
  /** The level that the row fixes; without one, the level that the handler was attached with. */
  readonly level: LogLevel | undefined;
  readonly message: string;
  readonly attributes: Attributes;
}

type AnyMessage = (measurements: unknown, metadata: unknown) => string | undefined;

/** Compiles what a row says about logs into a function from event to line. */
export function lineOf(row: CustomEventDefinition, includeSensitive: boolean): (event: AnyEvent) => Line {
  const keys = exportedKeys(row, includeSensitive);
  const fields = Object.keys(row.measurements ?? {});
  const required = fields.filter((key) => row.measurements?.[key]?.optional !== true);
  const message = row.log?.message as AnyMessage | undefined;
  return (event) => {
    const whole = required.every((key) => event.measurements[key] !== undefined);
    return {
      level: row.log?.level,
      message:
        (whole ? message?.(event.measurements, event.metadata) : undefined) ?? defaultMessage(event, keys),
      attributes: eventAttributes(event, keys),
    };
  };
}

/** The line of an event that has no line of its own, or lacks what it needs. */
function defaultMessage({ name, measurements, metadata }: AnyEvent, keys: ExportedKeys | undefined): string {
  const shown = Object.entries(metadata)
    .filter(([key]) => keys === undefined || keys.has(key))
    .map(([key, value]) => [key, keys?.get(key)?.(value) ?? value]);
  const told = singleLine(Object.fromEntries(shown), 512);
  return `Telemetry: ${name} measurements=${singleLine(measurements, 512)} metadata=${told}`;
}
