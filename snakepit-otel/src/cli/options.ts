import { parseArgs } from 'node:util';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';

const COMMANDS = ['hardware', 'doctor'] as const;

/** One run of the command. */
export type Command =
  | { readonly kind: 'run'; readonly forMs: number | undefined; readonly intervalMs: number | undefined }
  | { readonly kind: (typeof COMMANDS)[number] }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export const HELP = `snakepit-otel: sample the GPUs of this host and export their metrics through OpenTelemetry

usage:
  snakepit-otel [--for 10s] [--interval 5s]   run until SIGINT or SIGTERM, or for the given time
  snakepit-otel hardware                      print the hardware of this host as JSON
  snakepit-otel doctor                        check each way of reading GPUs; exit code 1 if none works
  snakepit-otel --help | --version

Metrics are served on http://127.0.0.1:9464/metrics, and exported over OTLP if OTEL_EXPORTER_OTLP_ENDPOINT is set.
Other OTEL_* variables and OTEL_CONFIG_FILE apply as well.
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
  if (positionals.length > 0) {
    const command = COMMANDS.find((known) => known === positionals[0]);
    if (command === undefined || positionals.length > 1) {
      throw new ConfigurationError('command', positionals.join(' '), `${COMMANDS.join(', ')}, or none`);
    }
    return { kind: command };
  }
  return {
    kind: 'run',
    forMs: parseDuration('--for', values.for, 0),
    intervalMs: parseDuration('--interval', values.interval, 100),
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        for: { type: 'string' },
        interval: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
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
