import { omitUndefined } from '../../common/omit-undefined.js';
import type { PythonErrorEvent } from '../classification.js';
import { countsIn } from '../facts/counts.js';
import { devicesIn, dtypesIn, shapesIn } from '../facts/values.js';
import { findOperation } from '../operation.js';
import type { ParsedPythonError } from '../python-error.js';
import { orderedPair } from './ordered-pair.js';

const RANK = '(\\d{1,2})[ -]?(?:d|dims?|dimensions?|dimensional|dimensionality)\\b';
const RANKS = new RegExp(
  `\\b(?:expect\\w{0,3}|requires?|must|should|only|needs?)\\b.{0,60}?\\b${RANK}.{0,80}?\\b(?:(?:got|found|received|given|but|has|is|was)\\b.{0,60}?\\b${RANK}|(?:got|found|received):? (\\d{1,2})(?:[.,!]|$))`,
  'i',
);

/**
 * Reads the values that disagree from the statement that showed the class. If there are more than two, any could be meant and none is
 * returned.
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
    case 'snakepit.error.dtype_mismatch':
      return { ...orderedPair(evidence, dtypesIn(evidence)) };
    case 'snakepit.error.dimension_error': {
      const [, expected, got, gotAlone = got] = RANKS.exec(evidence) ?? [];
      return expected === gotAlone ? {} : { expected_dims: Number(expected), got_dims: Number(gotAlone) };
    }
    default: {
      const shapes = shapesIn(evidence);
      const pair = orderedPair(evidence, shapes.length > 1 ? shapes : countsIn(evidence));
      return omitUndefined({ ...pair, operation: findOperation(error) });
    }
  }
}
