/** Categories of Python exceptions of no other class, in order of priority. */
export const ERROR_CATEGORIES = [
  'collective',
  'accelerator_unavailable',
  'device_fault',
  'worker_killed',
  'storage',
  'quota',
  'model_load',
  'import',
  'configuration',
  'other',
] as const;

/** Category of a Python exception of no other class. */
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];
