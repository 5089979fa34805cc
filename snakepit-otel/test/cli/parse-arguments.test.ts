import type { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { help } from '../../src/cli/help.js';
import { parseArguments } from '../../src/cli/parse-arguments.js';
import { suggestion } from '../../src/cli/suggestion.js';

const run = (command: string, values: object = {}, argument?: string) => ({
  kind: 'run',
  command,
  argument,
  values,
});

test.each<[string[], object]>([
  [[], run('agent')],
  [['agent', '--config', 'a.yaml'], run('agent', { config: 'a.yaml' })],
  [['--for', '1.5m', '--interval', '250ms'], run('agent', { for: 90_000, interval: 250 })],
  [['--port=0', '--host', '::1'], run('agent', { port: 0, host: '::1' })],
  [
    ['--log-format', 'json', '--log-level=debug', '--print-config'],
    run('agent', { 'log-format': 'json', 'log-level': 'debug', 'print-config': true }),
  ],
  [['hardware'], run('hardware')],
  [['doctor'], run('doctor')],
  [['doctor', '--json'], run('doctor', { json: true })],
  [['--json', 'doctor'], run('doctor', { json: true })],
  [['init'], run('init')],
  [['init', 'a.yaml'], run('init', {}, 'a.yaml')],
  [['completion', 'zsh'], run('completion', {}, 'zsh')],
  [['-h'], { kind: 'help', command: undefined }],
  [['doctor', '--help'], { kind: 'help', command: 'doctor' }],
  [['--version'], { kind: 'version' }],
])('parses %j', (args, invocation) => {
  expect(parseArguments(args)).toEqual(invocation);
});

test.each<[string[], string]>([
  [['--for', '10'], 'Invalid --for: "10". Allowed: a number and ms, s, m or h, such as 10s; at least 0 ms'],
  [['--for', '600h'], 'Invalid --for: "600h"'],
  [['--interval', '99ms'], 'Invalid --interval: "99ms"'],
  [['--interval', 'often'], 'Invalid --interval: "often"'],
  [['--port', '70000'], 'Invalid --port: "70000". Allowed: an integer from 0 to 65535.'],
  [['--config'], 'Invalid --config: "". Allowed: FILE.'],
  [['--print-config=yes'], 'Invalid --print-config: "yes". Allowed: no value.'],
  [['--log-level', 'wran'], 'Did you mean "warn"?'],
  [['gpus'], 'Invalid command: "gpus". Allowed: agent, doctor, top, tail, hardware, init, completion'],
  [['dcotor'], 'Did you mean "doctor"?'],
  [['toString'], 'Invalid command: "toString"'],
  [['doctor', 'hardware'], 'Invalid argument of doctor: "hardware". Allowed: none.'],
  [['init', 'a', 'b'], 'Invalid arguments of init: "a b". Allowed: one.'],
  [['completion'], 'Invalid SHELL of completion: "". Allowed: bash, zsh.'],
  [['completion', 'fish'], 'Invalid SHELL of completion: "fish". Allowed: bash, zsh.'],
  [['--verbose'], 'Invalid flag of agent: "--verbose". Allowed: --config, --for, --interval,'],
  [['--intervall=1s'], 'Did you mean "--interval"?'],
  [['--for', '1s', '--confg', 'a.yaml'], 'Did you mean "--config"?'],
  [['-x'], 'Invalid flag of agent: "-x"'],
  [['--toString'], 'Invalid flag of agent: "--toString"'],
  [
    ['doctor', '--for', '1s'],
    'Invalid flag of doctor: "--for". Allowed: --config, --json, --help, --version.',
  ],
])('rejects %j and names it', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});

/** Returns the error of arguments that cannot be used. */
function rejectionOf(args: readonly string[]): ConfigurationError {
  try {
    parseArguments(args);
  } catch (error) {
    return error as ConfigurationError;
  }
  throw new Error('the arguments are accepted');
}

test.each<[string[], string]>([
  [['print-configuration'], ' Did you mean "--print-config"?'],
  [['print-config'], ' Did you mean "--print-config"?'],
  [['version'], ' Did you mean "--version"?'],
  [['hlep'], ' Did you mean "--help"?'],
  [['--doctor'], ' Did you mean "doctor"?'],
  [['--once'], ' Did you mean "top --once"?'],
  [['doctor', '--print-configuration'], ' Did you mean "--print-config"?'],
  [['top', '--grep', 'x'], ' Did you mean "tail --grep"?'],
  [['--gpu-source', 'nvml'], ' Did you mean the variable SNAKEPIT_OTEL_GPU_SOURCE?'],
  [['--service-name=x'], ' Did you mean the variable OTEL_SERVICE_NAME?'],
  [['OTEL_SERVICE_NAME=x'], ' Did you mean the variable OTEL_SERVICE_NAME?'],
  [['SNAKEPIT_OTEL_INPUT=none', 'agent'], ' Did you mean the variable SNAKEPIT_OTEL_INPUTS?'],
  [['--xyzzy'], ''],
  [['dcotor'], ''],
  [['--port', '70000'], ''],
])('suggests for %j, beside words of the same kind, what another kind has: %j', (args, expected) => {
  expect(suggestion(rejectionOf(args))).toBe(expected);
});

test('suggests no unit for a number without one', () => {
  expect(() => parseArguments(['--interval', '1'])).toThrow(/at most 24 days\.$/);
});

test('the help names every command with its flags, and that of a command only its own', () => {
  const all = help(undefined);
  for (const [name, { flags, summary }] of Object.entries(COMMANDS)) {
    expect(all).toContain(summary);
    const own = help(name);
    for (const [flag, { description }] of Object.entries(flags)) {
      expect(own).toContain(`--${flag}`);
      expect(own).toContain(description);
      expect(all).toContain(`--${flag}`);
    }
  }
  expect(help('hardware')).not.toContain('--interval');
});

test('a flag of several commands takes a value in all of them or in none', () => {
  const kinds = new Map<string, boolean>();
  for (const { flags } of Object.values(COMMANDS)) {
    for (const [name, { value }] of Object.entries(flags)) {
      const takesValue = value !== undefined;
      expect(kinds.get(name) ?? takesValue, name).toBe(takesValue);
      kinds.set(name, takesValue);
    }
  }
});
