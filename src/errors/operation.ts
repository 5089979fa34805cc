import type { ParsedPythonError } from './python-error.js';
import { first, type Template, template } from './template.js';

/** Where messages name the operation that failed, whatever else they say. */
const WORDINGS = [
  '[Op:{operation}]',
  "(op: '{operation}')",
  'in method {operation}',
  'while checking arguments for {operation})',
  'in call to {operation}',
  'while running {operation} node',
  '{{node {operation}}}',
  'cannot compute {operation} as input',
];

/** What frameworks put before the name of an operation that they run inside. */
const PREFIXES = /^(?:wrapper_+)?(?:(?:CUDA|CPU|MPS|HIP|XPU|META)_+)?(?:_?th(?:nn)?_)?_{0,4}/i;

let templates: Template[] | undefined;

/** The operation that the message names. */
export function operationIn(error: ParsedPythonError): string | undefined {
  templates ??= WORDINGS.map((wording) => template(wording, { operation: 'word' }));
  const [found] = first(templates, error) ?? [];
  return found && operationName(found.text);
}

/** `wrapper_CUDA_addmm` and `_th_addmm` → `addmm`; `model/dense/MatMul` → `MatMul`. */
export function operationName(text: string): string | undefined {
  const last = text.split('/').filter(Boolean).at(-1) ?? '';
  return last.replace(PREFIXES, '') || undefined;
}
