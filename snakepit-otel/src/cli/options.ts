import { parseArgs } from 'node:util';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';

const COMMANDS = ['hardware', 'doctor'] as const;

export type AgentCommand =
  | { readonly kind: 'run'; readonly forMs: number | undefined; readonly intervalMs: number | undefined }
  | { readonly kind: (typeof COMMANDS)[number] }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export const HELP = `snakepit-otel: samples the GPUs of this host and exports what it sees through OpenTelemetry

usage:
  snakepit-otel [--for 10s] [--interval 5s]   run until Ctrl-C, or for a time
  snakepit-otel hardware                      print what this host has, as JSON
  snakepit-otel doctor                        print how its GPUs can be read, and if not, why; exits with 1 if not
  snakepit-otel --help | --version

Metrics are served on 127.0.0.1:9464/metrics, and exported over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set.
The other variables of OpenTelemetry, and SNAKEPIT_OTEL_CONFIG_FILE, are read as well.
`;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws ConfigurationError for arguments that are none */
export function parseCommand(args: readonly string[]): AgentCommand {
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
    forMs: duration('--for', values.for, 0),
    intervalMs: duration('--interval', values.interval, 100),
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

/** `10s` → 10000. */
function duration(flag: string, text: string | undefined, minimumMs: number): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
  if (ms >= minimumMs && ms <= MAX_TIMER_MS) return Math.round(ms);
  const allowed = `a number with ms, s, m or h, like 10s; at least ${minimumMs} ms and at most 24 days`;
  throw new ConfigurationError(flag, text, allowed);
}
