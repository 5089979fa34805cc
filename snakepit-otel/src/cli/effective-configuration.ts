import { fileOf } from '../configuration/own-settings.js';
import type { ResolvedConfiguration } from '../configuration/resolve.js';

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
    // A provider without exporters is not allowed in a file, and does nothing.
    tracer_provider: model.tracer_provider?.processors?.length ? model.tracer_provider : undefined,
    meter_provider: model.meter_provider?.readers?.length ? model.meter_provider : undefined,
    logger_provider: model.logger_provider?.processors?.length ? model.logger_provider : undefined,
    'instrumentation/development': {
      ...instrumentation,
      js: { ...instrumentation?.js, snakepit: own },
    },
  };
  return JSON.parse(JSON.stringify(content, withoutEmpty)) as FileContent;
}

/** Objects that say nothing if they are empty. Others name a choice, such as `always_on`. */
const GROUPS = ['tls', 'limits'];

/** Leaves out lists and groups that are empty, which a file must not have. */
const withoutEmpty = (key: string, value: unknown): unknown => {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty && (Array.isArray(value) || GROUPS.includes(key)) ? undefined : value;
};

/** Keys from the root to a value. */
export type Path = readonly (string | number)[];

/** Returns the values of a configuration that contain no others, with their paths. */
export function leavesOf(value: unknown, path: Path = []): [Path, unknown][] {
  const entries = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries((typeof value === 'object' && value) || {});
  if (entries.length === 0) return [[path, value]];
  return entries.flatMap(([key, item]) => leavesOf(item, [...path, key]));
}
