import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { type Environment, nearestName, readVariable } from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';
import { check } from './check.js';
import { FILE_SCHEMA } from './file-schema.js';
import { type OwnSettingName, type OwnSettings, settingEntries } from './settings.js';

const PREFIX = 'SNAKEPIT_OTEL_';
/** Variables of Snakepit's Python workers, which a host that starts them may have too. */
const OF_SNAKEPIT = ['SNAKEPIT_OTEL_ENDPOINT', 'SNAKEPIT_OTEL_CONSOLE'];
/** Variables that Kubernetes sets for a Service named `snakepit-otel`. */
const SERVICE_LINK = /_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_\w+)?)$|^SNAKEPIT_OTEL_PORT/;

/**
 * Reads the variables `SNAKEPIT_OTEL_…`.
 *
 * @throws ConfigurationError for an unknown variable or a wrong value
 */
export function ownFromEnvironment(environment: Environment): Partial<OwnSettings> {
  const known = settingEntries().flatMap(([, { env }]) => (env?.startsWith(PREFIX) ? env : []));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX) || SERVICE_LINK.test(name)) continue;
    if (known.includes(name) || OF_SNAKEPIT.includes(name)) continue;
    throw new ConfigurationError('variable', name, known.join(', '));
  }
  return Object.fromEntries(
    settingEntries().flatMap(([name, { env, schema, fromText = decode, textAllowed }]) => {
      const found = env?.startsWith(PREFIX) ? readVariable(environment, env) : undefined;
      if (found === undefined) return [];
      const result = v.safeParse(schema, found.value);
      if (result.success) return [[name, result.output]];
      const decoded = v.safeParse(schema, fromText(found.value));
      if (decoded.success) return [[name, decoded.output]];
      const allowed = textAllowed ?? decoded.issues[0].message;
      throw new ConfigurationError(found.source, found.value, allowed, nearestItem(found.value, allowed));
    }),
  );
}

/** Returns the word that was meant by the first unknown item of a list; undefined for what is no list. */
function nearestItem(text: string, allowed: string): string | undefined {
  const items = text.split(',').map((item) => item.trim());
  const words: readonly string[] = allowed.match(/[\w-]+/g) ?? [];
  const unknown = items.length > 1 ? items.find((item) => !words.includes(item)) : undefined;
  return unknown === undefined ? undefined : nearestName(unknown, words);
}

/** Returns the boolean or the number that a text stands for, else the text. */
function decode(text: string): unknown {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

/**
 * Reads our part of a file.
 *
 * @param content value of `instrumentation/development.js.snakepit`
 * @throws ConfigurationError for an unknown entry or a wrong value
 */
export function ownFromFile(content: unknown, file: string): Partial<OwnSettings> {
  const given = (content ?? {}) as Record<string, unknown>;
  const place = `snakepit in ${file}`;
  const values = check(FILE_SCHEMA as v.GenericSchema<unknown, Record<string, unknown>>, given, {
    kind: `entry of ${place}`,
    describe: (name) => `${name} of ${place}`,
  });
  return Object.fromEntries(
    settingEntries().flatMap(([name, { fileKey, fromFile = (value: unknown) => value }]) =>
      fileKey === undefined || fileValue(values, fileKey) === undefined
        ? []
        : [[name, fromFile(fileValue(values, fileKey))]],
    ),
  );
}

/** Returns the value of a dotted name in our part of a file. */
function fileValue(part: Readonly<Record<string, unknown>>, fileKey: string): unknown {
  const [head = '', key] = fileKey.split('.');
  const value = part[head];
  if (key === undefined) return value;
  if (typeof value === 'boolean') return key === 'enabled' ? value : undefined;
  return (value as Record<string, unknown> | undefined)?.[key];
}

/** Returns our part of a file for settings. */
export function fileOf(settings: Partial<OwnSettings>): Record<string, unknown> {
  const part: Record<string, unknown> = {};
  for (const [name, { fileKey, toFile }] of settingEntries()) {
    const value = settings[name as OwnSettingName];
    if (fileKey === undefined || value === undefined) continue;
    const [head = '', key] = fileKey.split('.');
    const shown = toFile === undefined ? value : toFile(value as never);
    part[head] = key === undefined ? shown : { ...(part[head] as object), [key]: shown };
  }
  return part;
}
