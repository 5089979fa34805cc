import * as v from 'valibot';
import { flag } from './schemas.js';
import { SETTINGS, settingEntries } from './settings.js';

const fileSchemas = settingEntries().flatMap(
  ([name, { fileKey, schema, fileSchema, description, default: value, toFile }]) => {
    if (fileKey === undefined) return [];
    const described = v.pipe(fileSchema ?? schema, v.description(description));
    // The object `gpu` turns sampling on.
    const fallback =
      name === 'gpu' ? true : value === undefined ? undefined : (toFile?.(value as never) ?? value);
    return [
      [fileKey, fallback === undefined ? v.optional(described) : v.optional(described, fallback)] as const,
    ];
  },
);
const GPU_PREFIX = 'gpu.';
const gpuSchema = v.strictObject(
  Object.fromEntries(
    fileSchemas.flatMap(([key, schema]) =>
      key.startsWith(GPU_PREFIX) ? [[key.slice(GPU_PREFIX.length), schema]] : [],
    ),
  ),
  'true, false or an object of settings',
);

/** Schema of what stands below `instrumentation/development.js.snakepit` in a file. `gpu` is an object, or true or false. */
export const FILE_SCHEMA = v.strictObject(
  {
    gpu: v.optional(v.pipe(v.union([flag, gpuSchema]), v.description(SETTINGS.gpu.description))),
    ...Object.fromEntries(fileSchemas.filter(([key]) => !key.startsWith(GPU_PREFIX))),
  },
  'an object of settings',
);
