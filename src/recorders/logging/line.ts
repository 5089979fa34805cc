import type { AnyEvent } from '../../catalog/any-event.js';
import {
  type Attributes,
  type ExportedKeys,
  eventAttributes,
  exportedKeys,
} from '../../catalog/attributes.js';
import type { CustomEventDefinition } from '../../catalog/event-definition.js';
import { singleLine } from '../../common/single-line.js';

interface Line {
  readonly message: string;
  readonly attributes: Attributes;
}

/** Characters of a line: the default text has measurements and metadata of 512 each. */
const MAX_LINE_LENGTH = 1280;

type AnyMessage = (measurements: unknown, metadata: unknown) => string | undefined;

/** Compiles the log line of a definition into a function of the event. */
export function lineOf(
  definition: CustomEventDefinition,
  includeSensitive: boolean,
): (event: AnyEvent) => Line {
  const keys = exportedKeys(definition, includeSensitive);
  const fields = Object.keys(definition.measurements ?? {});
  const required = fields.filter((key) => definition.measurements?.[key]?.optional !== true);
  const message = definition.log?.message as AnyMessage | undefined;
  return (event) => {
    const isComplete = required.every((key) => event.measurements[key] !== undefined);
    return {
      message: singleLine(
        (isComplete ? message?.(event.measurements, event.metadata) : undefined) ??
          defaultMessage(event, keys),
        MAX_LINE_LENGTH,
      ),
      attributes: eventAttributes(event, keys),
    };
  };
}

/** Returns the text of an event that defines none, or that lacks a measurement. */
function defaultMessage({ name, measurements, metadata }: AnyEvent, keys: ExportedKeys): string {
  const shown = Object.entries(metadata)
    .filter(([key]) => keys.has(key))
    .map(([key, value]) => [key, keys.get(key)?.(value)]);
  const listed = singleLine(Object.fromEntries(shown), 512);
  return `Telemetry: ${name} measurements=${singleLine(measurements, 512)} metadata=${listed}`;
}
