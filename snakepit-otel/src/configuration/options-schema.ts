import * as v from 'valibot';
import { text } from './schemas.js';
import type { Schema } from './setting.js';
import { settingEntries } from './settings.js';

/** Schema of the options of `startTelemetry()`. */
export const OPTIONS_SCHEMA = nest([
  ...settingEntries().map(([name, { schema }]) => [name, schema] as const),
  ['configFile', text],
  ['instrumentation', v.looseObject({}, 'options of SnakepitInstrumentation')],
]);

/** Schema of a nested object from schemas by dotted name. Every entry is optional; unknown entries are issues. */
function nest(schemas: readonly (readonly [string, Schema<unknown>])[]): v.GenericSchema {
  const groups = groupByHead(schemas);
  return v.strictObject(
    Object.fromEntries(
      [...groups].map(([head, members]) => {
        const [first] = members;
        const isGroup = first?.[0].includes('.');
        const inner = isGroup
          ? nest(members.map(([name, schema]) => [name.slice(head.length + 1), schema] as const))
          : first?.[1];
        return [head, v.optional(inner as Schema<unknown>)];
      }),
    ),
    'an object of settings',
  );
}

function groupByHead(schemas: readonly (readonly [string, Schema<unknown>])[]) {
  const groups = new Map<string, (readonly [string, Schema<unknown>])[]>();
  for (const entry of schemas) {
    const [head = ''] = entry[0].split('.');
    groups.set(head, [...(groups.get(head) ?? []), entry]);
  }
  return groups;
}
