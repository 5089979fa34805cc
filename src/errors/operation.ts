import type { ParsedPythonError } from './python-error.js';
import { compileTemplate, firstMatch, type Template } from './template.js';

/** Templates of the places where messages name the failed operation. */
const TEMPLATES = [
  '[Op:{operation}]',
  "(op: '{operation}')",
  'in method {operation}',
  'while checking arguments for {operation})',
  'in call to {operation}',
  'while running {operation} node',
  '{{node {operation}}}',
  'cannot compute {operation} as input',
];

/** Prefixes that frameworks add to the names of internal operations. */
const PREFIXES = /^(?:wrapper_+)?(?:(?:CUDA|CPU|MPS|HIP|XPU|META)_+)?(?:_?th(?:nn)?_)?_{0,4}/i;

let templates: Template[] | undefined;

/** Returns the operation that the message names. */
export function findOperation(error: ParsedPythonError): string | undefined {
  templates ??= TEMPLATES.map((text) => compileTemplate(text, { operation: 'word' }));
  const [value] = firstMatch(templates, error) ?? [];
  return value && operationName(value.text);
}

/** Returns the name without prefixes and scopes: `wrapper_CUDA_addmm` and `_th_addmm` → `addmm`; `model/dense/MatMul` → `MatMul`. */
export function operationName(text: string): string | undefined {
  const last = text.split('/').filter(Boolean).at(-1) ?? '';
  return last.replace(PREFIXES, '') || undefined;
}
