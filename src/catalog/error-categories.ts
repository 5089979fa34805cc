/** Categories of Python exceptions of no other class, in order of priority. */
export const ERROR_CATEGORIES = [
  'import',
  'accelerator_unavailable',
  'device_fault',
  'collective',
  'worker_killed',
  'storage',
  'quota',
  'model_load',
  'configuration',
  'other',
] as const;

/** Category of a Python exception of no other class. */
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];
