import type { ResolvedConfiguration } from '../configuration/resolve.js';
import { fileOf } from '../configuration/settings.js';

/** A configuration as in a file: an object of objects, lists, texts, numbers and booleans. */
export type FileContent = Readonly<Record<string, unknown>>;

/** Returns a configuration as a file that has its effect. */
export function effectiveConfiguration({
  model,
  settings,
  defaultInputs,
}: ResolvedConfiguration): FileContent {
  const inputs = { ...defaultInputs, ...settings.inputs };
  const own = fileOf({ ...settings, ...(Object.keys(inputs).length > 0 && { inputs }) });
  const { 'instrumentation/development': instrumentation, ...rest } = model;
  const content = {
    file_format: '1.0',
    ...rest,
    'instrumentation/development': {
      ...instrumentation,
      js: { ...instrumentation?.js, snakepit: own },
    },
  };
  // Without what is undefined, and without objects that stand for a source in code.
  return JSON.parse(JSON.stringify(content)) as FileContent;
}
