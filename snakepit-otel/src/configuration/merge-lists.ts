import type {
  NameStringValuePairConfigModel,
  PropagatorConfigModel,
  ResourceConfigModel,
} from '@opentelemetry/configuration';
import { attributes as attributePairs, headers as headerPairs } from './parse-variable.js';

// A file may have entries as a list in one string, too, in the form of the variable. Entries of their own have precedence.

/** Receives one line about a list that cannot be used. */
type Warn = (line: string) => void;
type Attribute = NonNullable<ResourceConfigModel['attributes']>[number];

/** Returns the attributes of a resource, with those of its list. */
export function resourceAttributes(
  { attributes: given, attributes_list: list }: ResourceConfigModel,
  warn: Warn,
): Attribute[] {
  const attributes = given ?? [];
  if (!list) return attributes;
  const pairs = attributePairs.parse(list, () => {});
  if (pairs === undefined)
    warn(`attributes_list of resource has no effect: it takes ${attributePairs.accepts}.`);
  const names = attributes.map(({ name }) => name);
  const others = Object.entries(pairs ?? {}).filter(([name]) => !names.includes(name));
  return [...attributes, ...others.map(([name, value]) => ({ name, value }))];
}

/** Returns the names of the propagators, with those of their list. */
export function propagatorNames({ composite, composite_list: list }: PropagatorConfigModel): string[] {
  const names = (composite ?? []).flatMap((entry) => Object.keys(entry));
  const listed = (list ?? '').split(',').flatMap((name) => name.trim() || []);
  return [...new Set([...names, ...listed])].filter((name) => name !== 'none');
}

/** Returns the headers of an OTLP exporter, with those of their list. */
export function otlpHeaders(
  headers: readonly NameStringValuePairConfigModel[] | undefined,
  list: string | null | undefined,
  warn: Warn,
): Record<string, string> | undefined {
  if (!headers && !list) return undefined;
  const reject = (problem: string) => warn(`headers_list of an OTLP exporter: ${problem}.`);
  const listed = list ? headerPairs.parse(list, reject) : undefined;
  const own = (headers ?? []).flatMap(({ name, value }) => (value === null ? [] : [[name, value]]));
  return { ...listed, ...Object.fromEntries(own) };
}
