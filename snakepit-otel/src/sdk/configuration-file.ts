import { readFileSync } from 'node:fs';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import { parse as parseYaml } from 'yaml';

/**
 * Reads a YAML or JSON file with settings.
 *
 * @param known dotted names of all settings
 * @throws ConfigurationError if the file cannot be read or has an unknown entry
 */
export function readConfigurationFile(file: string, known: readonly string[]): object {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    const allowed = `a readable YAML or JSON file (${errorMessage(error)})`;
    throw new ConfigurationError('configuration file', file, allowed);
  }
  if (typeof content !== 'object' || content === null)
    throw new ConfigurationError('configuration file', file, 'a file with settings');
  for (const name of dottedNames(content, known)) {
    if (!known.includes(name)) throw new ConfigurationError(`entry of ${file}`, name, known.join(', '));
  }
  return content;
}

/** Returns the names of entries: `{ otlp: { endpoint } }` → `otlp.endpoint`. Descends only into groups of settings. */
function dottedNames(content: object, known: readonly string[], prefix = ''): string[] {
  return Object.entries(content).flatMap(([key, value]) => {
    const name = prefix + key;
    const isGroup = known.some((setting) => setting.startsWith(`${name}.`));
    return isGroup && typeof value === 'object' && value !== null
      ? dottedNames(value, known, `${name}.`)
      : [name];
  });
}
