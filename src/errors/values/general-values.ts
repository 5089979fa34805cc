import { omitUndefined } from '../../common/omit-undefined.js';
import type { PythonErrorEvent } from '../classification.js';
import { countsIn } from '../facts/counts.js';
import { devicesIn, dtypesIn, type Located, shapesIn } from '../facts/values.js';
import { findOperation } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import { actualValue, orderedPair, singleValue } from './ordered-pair.js';
import { rankValues } from './rank-values.js';

/**
 * Reads the values that disagree from the statement that showed the class. If there are more than two, only the one that is marked as the
 * actual one is returned.
 */
export function generalValues(
  event: PythonErrorEvent,
  evidence: string,
  error: ParsedPythonError,
): Readonly<Record<string, unknown>> {
  switch (event) {
    case 'snakepit.error.device': {
      const pair = orderedPair(evidence, devicesIn(evidence));
      return omitUndefined({
        expected_device: pair?.expected,
        actual_device: pair?.got,
        operation: findOperation(error),
      });
    }
    case 'snakepit.error.dtype_mismatch': {
      const dtypes = dtypesIn(evidence);
      return dtypes.length === 1 ? singleValue(evidence, dtypes) : pairOf(evidence, dtypes);
    }
    case 'snakepit.error.dimension_error':
      return rankValues(evidence);
    default: {
      const shapes = shapesIn(evidence);
      const pair = pairOf(evidence, shapes.length > 1 ? shapes : countsIn(evidence));
      return omitUndefined({ ...pair, operation: findOperation(error) });
    }
  }
}

/** Returns the expected and the actual value, or of several the actual one alone. */
const pairOf = <T>(evidence: string, values: readonly Located<T>[]): { expected?: T; got?: T } =>
  orderedPair(evidence, values) ??
  omitUndefined({ got: values.length > 2 ? actualValue(evidence, values) : undefined });
