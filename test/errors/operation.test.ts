import { expect, test } from 'vitest';
import { findOperation } from '../../src/errors/operation.js';
import { parsePythonError } from '../../src/errors/python-error.js';

test.each([
  ['… (when checking argument for argument mat1 in method wrapper_CUDA_addmm)', 'addmm'],
  ['… in method wrapper__index_select)', 'index_select'],
  ["… for argument #1 'self' in call to _th_index_select", 'index_select'],
  ['… (while checking arguments for embedding)', 'embedding'],
  ['… [Op:MatMul] name: ', 'MatMul'],
  ['… [[{{node model/dense/MatMul}}]]', 'MatMul'],
  ["Non-zero status code returned while running Conv node. Name:'c'", 'Conv'],
])('the operation in %s is %s', (message, operation) => {
  expect(findOperation(parsePythonError({ message }))).toBe(operation);
});

test('a message that names no operation yields undefined', () => {
  expect(findOperation(parsePythonError({ message: 'CUDA out of memory' }))).toBeUndefined();
});
