import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run demo -- [--for <time>]

Runs worker processes behind a circuit breaker and samples GPUs. Shows it on the live page, http://127.0.0.1:4321, and serves
metrics on http://127.0.0.1:9464/metrics, until Ctrl-C.

Options:
  --for <time>   Stop after this time: a number with ms, s or m, for example 10s. Default: run until Ctrl-C.
  --help, -h     Print this help.

Environment:
  SNAKEPIT_OTEL_UI                Port of the live page, or false. Default: 4321.
  OTEL_EXPORTER_PROMETHEUS_PORT   Port of the metrics page. Default: 9464.
  OTEL_EXPORTER_OTLP_ENDPOINT     Also send traces, metrics and logs there as OTLP. Default: the Collector that
                                  \`npm run backends -- up\` started, if any.`;

const UNIT_MS = { ms: 1, s: 1000, m: 60_000 };

/**
 * @param {string[]} args
 * @returns {{ help: boolean, forMs?: number }}
 * @throws {Error} with a message for the user
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: { for: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  return { help: values.help, forMs: values.for === undefined ? undefined : parseTime(values.for) };
}

function parseTime(text) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined)
    throw new Error(`Invalid --for: ${text}. Use a number with ms, s or m, for example 10s.`);
  return Number(amount) * UNIT_MS[unit];
}
