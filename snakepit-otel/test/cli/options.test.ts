import { expect, test } from 'vitest';
import { parseCommand } from '../../src/cli/options.js';

test.each<[string[], object]>([
  [[], { kind: 'run', forMs: undefined, intervalMs: undefined }],
  [['--for', '1.5m', '--interval', '250ms'], { kind: 'run', forMs: 90_000, intervalMs: 250 }],
  [['hardware'], { kind: 'hardware' }],
  [['doctor'], { kind: 'doctor' }],
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
  [['gpus'], 'Invalid command: "gpus". Allowed: hardware, doctor, or none.'],
  [['doctor', 'hardware'], 'Invalid command: "doctor hardware"'],
  [['--verbose'], 'Invalid arguments: "--verbose"'],
])('rejects %j and names it', (args, message) => {
  expect(() => parseCommand(args)).toThrow(message);
});
