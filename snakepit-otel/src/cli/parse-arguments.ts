import { parseArgs } from 'node:util';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { COMMON_FLAGS, type Command } from './command.js';
import { COMMANDS, DEFAULT_COMMAND } from './commands.js';
import type { Flag, Flags } from './flags.js';

/** One run of the command line. */
export type Invocation =
  | { readonly kind: 'help'; readonly command: string | undefined }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly command: string;
      readonly argument: string | undefined;
      readonly values: Readonly<Record<string, unknown>>;
    };

/**
 * Parses the arguments of the command line.
 *
 * @throws ConfigurationError for a command, a flag or a value that cannot be used
 */
export function parseArguments(
  args: readonly string[],
  commands: Readonly<Record<string, Command>> = COMMANDS,
): Invocation {
  const tokens = tokenize(args, commands);
  const positionals = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const given = tokens.filter((token) => token.kind === 'option');
  const [name, ...rest] = positionals;
  const command = name ?? DEFAULT_COMMAND;
  const row = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (row === undefined) {
    // The value of a misspelled flag looks like a command.
    for (const { name: flag, rawName, value } of given) {
      const isKnown =
        flag in COMMON_FLAGS || Object.values(commands).some(({ flags }) => Object.hasOwn(flags, flag));
      if (!isKnown)
        parseFlag(commands[DEFAULT_COMMAND]?.flags ?? {}, DEFAULT_COMMAND, { flag, rawName, value });
    }
    throw new ConfigurationError('command', name, `${Object.keys(commands).join(', ')}, or none`);
  }
  if (given.some((token) => token.name === 'help')) return { kind: 'help', command: name };
  if (given.some((token) => token.name === 'version')) return { kind: 'version' };
  const values: Record<string, unknown> = {};
  for (const { name: flag, rawName, value } of given) {
    values[flag] = parseFlag(row.flags, command, { flag, rawName, value });
  }
  return { kind: 'run', command, argument: parseArgument(row, command, rest), values };
}

/** Splits the arguments by the flags of all commands: the command is not known before. */
function tokenize(args: readonly string[], commands: Readonly<Record<string, Command>>) {
  const rows: Flags[] = Object.values(commands).map(({ flags }) => flags);
  const flags: readonly (readonly [string, Pick<Flag<unknown>, 'short' | 'value'>])[] = [
    ...rows.flatMap((row) => Object.entries(row)),
    ...Object.entries(COMMON_FLAGS),
  ];
  const options = Object.fromEntries(
    flags.map(([name, { short, value }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short !== undefined && { short }),
      },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

interface GivenFlag {
  readonly flag: string;
  /** As the user wrote it. */
  readonly rawName: string;
  readonly value: string | undefined;
}

function parseFlag(flags: Flags, command: string, { flag, rawName, value }: GivenFlag): unknown {
  const row = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
  if (row === undefined) {
    const allowed = [...Object.keys(flags), ...Object.keys(COMMON_FLAGS)].map((name) => `--${name}`);
    throw new ConfigurationError(`flag of ${command}`, rawName, allowed.join(', '));
  }
  const name = `--${flag}`;
  if (row.value === undefined) {
    if (value !== undefined) throw new ConfigurationError(name, value, 'no value');
    return row.parse('', name);
  }
  if (value === undefined) throw new ConfigurationError(name, '', row.value);
  return row.parse(value, name);
}

function parseArgument(
  { argument, choices }: Command,
  command: string,
  given: readonly string[],
): string | undefined {
  const [value] = given;
  if (argument === undefined && given.length > 0) {
    throw new ConfigurationError(`argument of ${command}`, given.join(' '), 'none');
  }
  if (given.length > 1) throw new ConfigurationError(`arguments of ${command}`, given.join(' '), 'one');
  const isRequired = argument?.startsWith('[') === false;
  const isAllowed = value === undefined ? !isRequired : (choices?.includes(value) ?? true);
  if (!isAllowed) {
    throw new ConfigurationError(`${argument} of ${command}`, value ?? '', choices?.join(', ') ?? 'a value');
  }
  return value;
}
