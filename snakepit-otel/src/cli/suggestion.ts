import type { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { nearestName } from 'opentelemetry-instrumentation-snakepit/internal';
import { settingEntries } from '../configuration/settings.js';
import { VARIABLES } from '../configuration/variables.js';
import { COMMON_FLAGS } from './command.js';
import { COMMANDS, DEFAULT_COMMAND } from './commands.js';

/**
 * Returns a question that ends the message about an unknown command or flag: whether another kind of word was meant. Empty if the
 * message asks that already, or if nothing is alike.
 */
export function suggestion({ setting, value, message }: ConfigurationError): string {
  const isWord = setting === 'command' || setting.startsWith('flag of ');
  if (!isWord || typeof value !== 'string' || message.includes('Did you mean')) return '';
  const [given = ''] = value.split('=');
  const words = wordsByName();
  const nearest = nearestName(normalized(given), words.keys());
  return nearest === undefined ? '' : ` Did you mean ${words.get(nearest)}?`;
}

/** Returns commands, flags and variables, in quotes where they are written on the command line, by the names that are compared. */
function wordsByName(): ReadonlyMap<string, string> {
  const own = COMMANDS[DEFAULT_COMMAND]?.flags ?? {};
  const words = [
    ...Object.keys(COMMANDS).map((name) => [name, `"${name}"`]),
    ...[...Object.keys(COMMON_FLAGS), ...Object.keys(own)].map((name) => [name, `"--${name}"`]),
    ...Object.entries(COMMANDS).flatMap(([command, { flags }]) =>
      Object.keys(flags).map((name) => [name, `"${command} --${name}"`]),
    ),
    ...[...settingEntries().flatMap(([, { env }]) => env ?? []), ...Object.keys(VARIABLES)].map((name) => [
      normalized(name),
      `the variable ${name}`,
    ]),
  ] as [string, string][];
  // Of two words with one name, the first counts.
  return new Map(words.toReversed());
}

/** Returns the part of a word that kinds of words have in common: `--gpu` and `SNAKEPIT_OTEL_GPU` are both `gpu`. */
const normalized = (word: string): string =>
  word
    .replace(/^-+|^(?:SNAKEPIT_)?OTEL_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
