import { errorEvents } from '../catalog/events/error.js';
import type { Field } from '../catalog/field.js';
import { parseBytes } from './bytes.js';
import type { PythonErrorClassification, PythonErrorEvent } from './classification.js';
import { deviceName } from './device-name.js';
import { dtypeName } from './dtype-name.js';
import type { MessagePattern } from './message-pattern.js';
import { findOperation, operationName } from './operation.js';
import type { ParsedPythonError } from './python-error.js';
import { parseShape } from './shape.js';
import { compileTemplate, firstMatch, type PlaceholderKind, type PlaceholderValue } from './template.js';

/** Classifies Python errors of one kind. */
export interface PythonErrorMatcher {
  /**
   * Returns the classification of an error, or `undefined` if the error does not match. If it throws, it is skipped for this error
   * and the failure is logged once.
   */
  match(error: ParsedPythonError): PythonErrorClassification | undefined;
}

/**
 * Creates a matcher of one class of errors from message patterns. Put your own before {@link defaultPythonErrorMatchers}:
 *
 * ```ts
 * const custom = pythonErrorMatcher('snakepit.error.shape_mismatch', [{ patterns: 'wanted {expected}, have {got}' }]);
 * classifyPythonError(error, { matchers: [custom, ...defaultPythonErrorMatchers] });
 * ```
 *
 * @param event event that a matching error is classified as
 * @param messagePatterns patterns in order of priority: the first that matches decides
 * @throws TypeError for a placeholder that is not a key of the event, or of an unknown kind
 */
export function pythonErrorMatcher(
  event: PythonErrorEvent,
  messagePatterns: readonly MessagePattern[],
): PythonErrorMatcher {
  const { measurements, metadata } = errorEvents[event];
  const fields: Readonly<Record<string, Field>> = { ...measurements, ...metadata };
  const kinds = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, kindOf(field)]));
  const compiled = messagePatterns.map((pattern) => ({
    pattern,
    templates: [pattern.patterns].flat().map((text) => compileTemplate(text, kinds)),
  }));
  return {
    match: (error) => {
      for (const { pattern, templates } of compiled) {
        if (pattern.types !== undefined && !pattern.types.includes(error.type)) continue;
        const matched = firstMatch(templates, error);
        if (matched === undefined) continue;
        const values: Record<string, unknown> = { ...pattern.metadata };
        for (const value of matched) values[value.key] = parseValue(value, fields[value.key]);
        values.operation ??= findOperation(error);
        if (isAgreement(values)) continue;
        return {
          event,
          measurements: pickFields(measurements, values),
          metadata: pickFields(metadata, values),
        } as PythonErrorClassification;
      }
      return undefined;
    },
  };
}

/** True if both sides are equal: `torch.FloatTensor` and `torch.cuda.FloatTensor` have the same data type. */
const isAgreement = ({
  expected,
  got,
  expected_device,
  actual_device,
}: Readonly<Record<string, unknown>>): boolean =>
  (typeof expected === 'string' && expected === got) ||
  (expected_device !== undefined && expected_device === actual_device);

function kindOf(field: Field): PlaceholderKind {
  if (field.type === 'list') return 'shape';
  if (field.type === 'device') return 'device';
  if (field.unit === 'By') return 'bytes';
  return field.type === 'string' ? 'word' : 'integer';
}

function parseValue({ key, kind, text }: PlaceholderValue, field?: Field): unknown {
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

/** Returns the values that belong to `fields` and are present. */
const pickFields = (fields: object, values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([key, value]) => key in fields && value !== undefined));
