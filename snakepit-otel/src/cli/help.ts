import { COMMON_FLAGS, type Command } from './command.js';
import { COMMANDS, DEFAULT_COMMAND } from './commands.js';

const PROGRAM = 'snakepit-otel';
const ABOUT =
  'sample the GPUs of this host, receive events of other processes, and export both through OpenTelemetry';
const NOTES = `Metrics are served on http://127.0.0.1:9464/metrics, and exported over OTLP if OTEL_EXPORTER_OTLP_ENDPOINT is set.
Events are received on /run/snakepit-otel/events.sock and http://127.0.0.1:4319/v1/events.
Other OTEL_* variables, OTEL_CONFIG_FILE and SNAKEPIT_OTEL_* apply as well.

exit codes: 0 fine; 1 failed, or a problem was found; 2 arguments or configuration that cannot be used`;

/** Returns the help of all commands, or of one. */
export const help = (name: string | undefined): string =>
  name === undefined ? helpOfAll() : helpOfOne(name, COMMANDS[name] as Command);

function helpOfAll(): string {
  const sections = Object.entries(COMMANDS).map(([name, command]) => {
    const call = `${PROGRAM} ${name === DEFAULT_COMMAND ? `[${name}]` : name}${argumentOf(command)}`;
    return columns([[`  ${call}`, command.summary], ...flagRows(command, '    ')]);
  });
  return `${PROGRAM}: ${ABOUT}

usage:
${sections.join('\n')}
  ${PROGRAM} COMMAND --help
  ${PROGRAM} --help | --version

${NOTES}`;
}

function helpOfOne(name: string, command: Command): string {
  const common = Object.entries(COMMON_FLAGS).map(([flag, { short, description }]): Row => {
    return [`  --${flag}, -${short}`, description];
  });
  return `${PROGRAM} ${name}${argumentOf(command)}: ${command.summary}

${columns([...flagRows(command, '  '), ...common])}`;
}

type Row = readonly [string, string];

const argumentOf = ({ argument, choices }: Command): string =>
  argument === undefined ? '' : ` ${choices?.join('|') ?? argument}`;

const flagRows = ({ flags }: Command, indent: string): Row[] =>
  Object.entries(flags).map(([name, { short, value, choices, description }]) => {
    const letter = short === undefined ? '' : `, -${short}`;
    const shown = choices?.join('|') ?? value;
    return [`${indent}--${name}${letter}${shown === undefined ? '' : ` ${shown}`}`, description];
  });

function columns(rows: readonly Row[]): string {
  const width = Math.max(38, ...rows.map(([left]) => left.length + 2));
  return rows.map(([left, right]) => `${left.padEnd(width)}${right}`).join('\n');
}
