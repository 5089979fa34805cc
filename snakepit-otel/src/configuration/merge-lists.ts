import type {
  NameStringValuePairConfigModel,
  PropagatorConfigModel,
  ResourceConfigModel,
} from '@opentelemetry/configuration';
import { loadConfigurationLibrary } from './file-libraries.cjs';

// A file may have entries as a list in one string, too, which the library merges. The environment is read into entries.

/** Returns the attributes of a resource, with those of its list. */
export const resourceAttributes = ({ attributes, attributes_list: list }: ResourceConfigModel) =>
  list ? loadConfigurationLibrary().mergeResourceAttributesConfig(attributes, list) : attributes;

/** Returns the propagators, with those of their list. */
export const propagatorEntries = ({ composite, composite_list: list }: PropagatorConfigModel) =>
  list ? loadConfigurationLibrary().mergePropagatorCompositeConfig(composite, list) : composite;

/** Returns the headers of an OTLP exporter, with those of their list. */
export function otlpHeaders(
  headers: readonly NameStringValuePairConfigModel[] | undefined,
  list: string | null | undefined,
): Record<string, string> | undefined {
  if (list) return loadConfigurationLibrary().mergeHeadersConfig(headers && [...headers], list);
  return (
    headers &&
    Object.fromEntries(headers.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])))
  );
}
