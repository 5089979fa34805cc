import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { nearestName } from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';

/** Names the sources of values in error messages. */
export interface Source {
  /** Returns the name of a setting, from its dotted name. */
  readonly describe: (name: string) => string;
  /** Kind of the names in the source: `option`, `entry of telemetry.yaml`. */
  readonly kind: string;
}

/**
 * Checks values against a schema.
 *
 * @throws ConfigurationError that names the first entry that is unknown or has a wrong value
 */
export function check<T>(schema: v.GenericSchema<unknown, T>, value: unknown, { describe, kind }: Source): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  // A misspelled entry is missing as well: its name says more.
  const issues = result.issues.map(deepest);
  const issue = issues.find(isUnknownEntry) ?? (issues[0] as v.BaseIssue<unknown>);
  // An item of a list is named like its list.
  const keys = (issue.path ?? []).filter(({ type }) => type !== 'array').map(({ key }) => String(key));
  const name = keys.join('.');
  const place = issue.path?.at(-1);
  if (place?.type === 'object' && Array.isArray(place.input)) {
    const parents = keys.slice(0, -1);
    const names = namesOf(schema, parents).join(', ');
    throw new ConfigurationError(
      parents.length === 0 ? kind : describe(parents.join('.')),
      place.input,
      `an object with ${names}, and not a list`,
    );
  }
  if (isUnknownEntry(issue)) {
    const parents = keys.slice(0, -1);
    const allowed = namesOf(schema, parents).map((key) => [...parents, key].join('.'));
    const nearest = nearestName(name, allowed) ?? pathTo(schema as AnySchema, keys.at(-1) as string);
    throw new ConfigurationError(kind, name, allowed.join(', '), nearest);
  }
  throw new ConfigurationError(name === '' ? kind : describe(name), issue.input, issue.message);
}

const isUnknownEntry = ({ type, expected }: v.BaseIssue<unknown>): boolean =>
  type === 'strict_object' && expected === 'never';

/** Returns the issue with the alternative of a union that comes closest to the value: the one with the longest path. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== 'union' || issue.issues === undefined) return issue;
  const depth = ({ path }: v.BaseIssue<unknown>) => path?.length ?? 0;
  const [first, ...others] = issue.issues;
  const nearest = others.reduce((best, each) => (depth(each) >= depth(best) ? each : best), first);
  return { ...nearest, path: [...(issue.path ?? []), ...(nearest.path ?? [])] } as v.BaseIssue<unknown>;
}

interface AnySchema {
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly wrapped?: AnySchema;
  /** Schema of the items of a list. */
  readonly item?: AnySchema;
  readonly options?: readonly AnySchema[];
}

/** Returns the names that the object at `path` of a schema accepts. */
function namesOf(schema: v.GenericSchema, path: readonly string[]): string[] {
  let current: AnySchema = schema as never;
  for (const key of path) current = objectOf(current.entries?.[key] ?? {});
  return Object.keys(current.entries ?? {});
}

/** Returns the dotted name of the only entry with this key, at any depth: it may be in the wrong object. */
function pathTo(schema: AnySchema, key: string): string | undefined {
  const found = pathsOf(schema).filter((path) => path.split('.').at(-1)?.toLowerCase() === key.toLowerCase());
  return found.length === 1 ? found[0] : undefined;
}

function pathsOf(schema: AnySchema, prefix = ''): string[] {
  return Object.entries(objectOf(schema).entries ?? {}).flatMap(([key, value]) => [
    prefix + key,
    ...pathsOf(value, `${prefix}${key}.`),
  ]);
}

/** Returns the schema of an object, which may be optional, the item of a list or an alternative of a union. */
function objectOf({ wrapped, item, ...schema }: AnySchema): AnySchema {
  const inner = wrapped ?? item;
  if (inner !== undefined) return objectOf(inner);
  const options = Array.isArray(schema.options) ? (schema.options as readonly AnySchema[]) : [];
  return options.find(({ entries }) => entries !== undefined) ?? schema;
}
