import { expect, test } from 'vitest';
import { parseCommand } from '../../src/cli/options.js';

test.each<[string[], object]>([
  [[], { kind: 'agent', forMs: undefined, intervalMs: undefined, configFile: undefined }],
  [
    ['agent', '--config', 'a.yaml'],
    { kind: 'agent', forMs: undefined, intervalMs: undefined, configFile: 'a.yaml' },
  ],
  [
    ['--for', '1.5m', '--interval', '250ms'],
    { kind: 'agent', forMs: 90_000, intervalMs: 250, configFile: undefined },
  ],
  [['hardware'], { kind: 'hardware' }],
  [['doctor'], { kind: 'doctor', json: false }],
  [['doctor', '--json'], { kind: 'doctor', json: true }],
  [['-h'], { kind: 'help' }],
  [['--version'], { kind: 'version' }],
])('parses %j', (args, command) => {
  expect(parseCommand(args)).toEqual(command);
});

test.each<[string[], string]>([
  [['--for', '10'], 'Invalid --for: "10". Allowed: a number and ms, s, m or h, such as 10s; at least 0 ms'],
  [['--for', '600h'], 'Invalid --for: "600h"'],
  [['--interval', '99ms'], 'Invalid --interval: "99ms"'],
  [['--interval', 'often'], 'Invalid --interval: "often"'],
  [['gpus'], 'Invalid command: "gpus". Allowed: agent, hardware, doctor, or none.'],
  [['doctor', 'hardware'], 'Invalid command: "doctor hardware"'],
  [
    ['--verbose'],
    'Invalid option: "--verbose". Allowed: --for, --interval, --config, --json, --help, --version.',
  ],
  [['--intervall=1s'], 'Invalid option: "--intervall". Allowed:'],
  [['--for', '1s', '--confg', 'a.yaml'], 'Did you mean "--config"?'],
  [['-x'], 'Invalid arguments: "-x"'],
  [['doctor', '--for', '1s'], 'Invalid option of doctor: "--for". Allowed: --json.'],
])('rejects %j and names it', (args, message) => {
  expect(() => parseCommand(args)).toThrow(message);
});

test('suggests no unit for a number without one', () => {
  expect(() => parseCommand(['--interval', '1'])).toThrow(/at most 24 days\.$/);
});
