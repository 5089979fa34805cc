import { errorEvents } from '../catalog/events/error.js';
import type { Field } from '../catalog/field.js';
import { parseBytes } from './bytes.js';
import type { PythonErrorClassification, PythonErrorEvent } from './classification.js';
import { deviceName } from './device-name.js';
import { dtypeName } from './dtype-name.js';
import { operationIn, operationName } from './operation.js';
import type { ParsedPythonError } from './python-error.js';
import { parseShape } from './shape.js';
import { type Found, first, type Kind, template } from './template.js';

/** Tells what an error is, or that it does not know. */
export interface PythonErrorMatcher {
  /** Must not throw; what does is passed over. */
  match(error: ParsedPythonError): PythonErrorClassification | undefined;
}

/** One thing that a library says when this goes wrong. */
export interface MessagePattern {
  /**
   * How the message is worded, with the event's keys as placeholders: `{expected}`, `{got_dims}`, `{requested_bytes}`.
   * `{got_dims:shape}` reads a shape and takes its length, `…` is anything up to 160 characters. Upper and lower case are the same, white space is single spaces.
   */
  readonly patterns: string | readonly string[];
  /** The exception's class, without its module. @default any */
  readonly types?: readonly string[];
  /** What this wording means beyond what it says. */
  readonly metadata?: Readonly<Record<string, string | number>>;
}

/**
 * A recogniser of one class of errors, from a table of the things that libraries say. Put your own before
 * {@link defaultRecognisers}:
 *
 * ```ts
 * const mine = recogniser('snakepit.error.shape_mismatch', [{ says: 'wanted {expected}, have {got}' }]);
 * classifyPythonError(error, { recognisers: [mine, ...defaultRecognisers] });
 * ```
 *
 * @throws TypeError for a placeholder that is no key of the event
 */
export function pythonErrorMatcher(
  event: PythonErrorEvent,
  sayings: readonly MessagePattern[],
): PythonErrorMatcher {
  const { measurements, metadata } = errorEvents[event];
  const fields: Readonly<Record<string, Field>> = { ...measurements, ...metadata };
  const kinds = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, kindOf(field)]));
  const compile = (wordings: string | readonly string[]) =>
    [wordings].flat().map((wording) => template(wording, kinds));
  const rows = sayings.map((saying) => ({ saying, templates: compile(saying.patterns) }));
  return {
    match: (error) => {
      for (const { saying, templates } of rows) {
        if (saying.types !== undefined && !saying.types.includes(error.type)) continue;
        const found = first(templates, error);
        if (found === undefined) continue;
        const values: Record<string, unknown> = { ...saying.metadata };
        for (const each of found) values[each.key] = valueOfFound(each, fields[each.key]);
        values.operation ??= operationIn(error);
        if (agrees(values)) continue;
        return {
          event,
          measurements: only(measurements, values),
          metadata: only(metadata, values),
        } as PythonErrorClassification;
      }
      return undefined;
    },
  };
}

/** Whether this is no mismatch after all: `torch.FloatTensor` and `torch.cuda.FloatTensor` are of one data type. */
const agrees = ({
  expected,
  got,
  expected_device,
  actual_device,
}: Readonly<Record<string, unknown>>): boolean =>
  (typeof expected === 'string' && expected === got) ||
  (expected_device !== undefined && expected_device === actual_device);

function kindOf(field: Field): Kind {
  if (field.type === 'list') return 'shape';
  if (field.type === 'device') return 'device';
  if (field.unit === 'By') return 'bytes';
  return field.type === 'string' ? 'word' : 'integer';
}

function valueOfFound({ key, kind, text }: Found, field?: Field): unknown {
  switch (kind) {
    case 'bytes':
      return parseBytes(text);
    case 'device':
      return deviceName(text);
    case 'integer':
      return Number(text);
    case 'shape': {
      const shape = parseShape(text);
      return field?.type === 'list' ? shape : shape.length;
    }
    case 'word': {
      const word = text.replace(/[.,:;]{1,3}$/, '');
      return key === 'operation' ? operationName(word) : dtypeName(word);
    }
  }
}

/** The keys of these fields that have a value. */
const only = (fields: object, values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([key, value]) => key in fields && value !== undefined));
