import { parseArgs } from 'node:util';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, hasErrorCode, MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';

const COMMANDS = ['agent', 'hardware', 'doctor'] as const;

/** One run of the command. */
export type Command =
  | {
      readonly kind: 'agent';
      readonly forMs: number | undefined;
      readonly intervalMs: number | undefined;
      readonly configFile: string | undefined;
    }
  | { readonly kind: 'doctor'; readonly json: boolean }
  | { readonly kind: 'hardware' }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export const HELP = `snakepit-otel: sample the GPUs of this host, receive events of other processes, and export both through OpenTelemetry

usage:
  snakepit-otel [agent] [options]   run until SIGINT or SIGTERM
    --for 10s                       run for the given time
    --interval 5s                   time between samples of the GPUs
    --config FILE                   file of OpenTelemetry's declarative configuration, as OTEL_CONFIG_FILE
  snakepit-otel hardware            print the hardware of this host as JSON
  snakepit-otel doctor              check each way of reading GPUs; exit code 1 if none works
    --json                          print it as JSON
  snakepit-otel --help | --version

Metrics are served on http://127.0.0.1:9464/metrics, and exported over OTLP if OTEL_EXPORTER_OTLP_ENDPOINT is set.
Events are received on /run/snakepit-otel/events.sock and http://127.0.0.1:4319/v1/events.
Other OTEL_* variables, OTEL_CONFIG_FILE and SNAKEPIT_OTEL_* apply as well.
`;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Parses the arguments of the command line.
 *
 * @throws ConfigurationError for an unknown argument or an invalid value
 */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = readArguments(args);
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const [given = 'agent'] = positionals;
  const kind = COMMANDS.find((known) => known === given);
  if (kind === undefined || positionals.length > 1) {
    throw new ConfigurationError('command', positionals.join(' '), `${COMMANDS.join(', ')}, or none`);
  }
  const allowed = OPTIONS_OF[kind];
  const foreign = COMMAND_OPTIONS.find((name) => values[name] !== undefined && !allowed.includes(name));
  if (foreign !== undefined) {
    const names = allowed.map((name) => `--${name}`).join(', ') || 'none';
    throw new ConfigurationError(`option of ${kind}`, `--${foreign}`, names);
  }
  if (kind === 'doctor') return { kind, json: values.json === true };
  if (kind === 'hardware') return { kind };
  return {
    kind,
    configFile: values.config,
    forMs: parseDuration('--for', values.for, 0),
    intervalMs: parseDuration('--interval', values.interval, 100),
  };
}

const OPTIONS = {
  for: { type: 'string' },
  interval: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;
const COMMAND_OPTIONS = ['for', 'interval', 'config', 'json'] as const;
type CommandOption = (typeof COMMAND_OPTIONS)[number];
const OPTIONS_OF: Readonly<Record<(typeof COMMANDS)[number], readonly CommandOption[]>> = {
  agent: ['for', 'interval', 'config'],
  hardware: [],
  doctor: ['json'],
};

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    const allowed = Object.keys(OPTIONS).map((name) => `--${name}`);
    const isUnknown = hasErrorCode(error, 'ERR_PARSE_ARGS_UNKNOWN_OPTION');
    const names = args.map((arg) => arg.split('=', 1)[0] ?? '');
    const unknown = names.find((name) => name.startsWith('--') && !allowed.includes(name));
    if (isUnknown && unknown !== undefined) {
      throw new ConfigurationError('option', unknown, allowed.join(', '));
    }
    throw new ConfigurationError('arguments', args.join(' '), `see --help (${errorMessage(error)})`);
  }
}

/** Parses a duration to ms: `10s` → 10000. */
function parseDuration(option: string, text: string | undefined, minimumMs: number): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
  if (ms >= minimumMs && ms <= MAX_TIMER_MS) return Math.round(ms);
  const allowed = `a number and ms, s, m or h, such as 10s; at least ${minimumMs} ms and at most 24 days`;
  throw new ConfigurationError(option, text, allowed);
}
