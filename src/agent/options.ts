import { parseArgs } from 'node:util';
import { ConfigurationError } from '../configuration-error.js';

export type AgentCommand =
  | { readonly kind: 'run'; readonly forMs: number | undefined; readonly intervalMs: number | undefined }
  | { readonly kind: 'hardware' }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export const HELP = `snakepit-otel: samples the GPUs of this host and exports what it sees through OpenTelemetry

usage:
  snakepit-otel [--for 10s] [--interval 5s]   run until Ctrl-C, or for a time
  snakepit-otel hardware                      print what this host has, as JSON
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
  const [command, ...more] = positionals;
  if (more.length > 0 || (command !== undefined && command !== 'hardware')) {
    throw new ConfigurationError('command', positionals.join(' '), 'hardware, or none');
  }
  if (command === 'hardware') return { kind: 'hardware' };
  return {
    kind: 'run',
    forMs: duration('--for', values.for),
    intervalMs: duration('--interval', values.interval),
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError('arguments', args.join(' '), `see --help (${reason})`);
  }
}

/** `10s` → 10000. */
function duration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = MILLISECONDS[unit ?? ''];
  if (factor === undefined) throw new ConfigurationError(flag, text, 'a number with ms, s, m or h, like 10s');
  return Number(amount) * factor;
}
