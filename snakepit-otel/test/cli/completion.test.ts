// Runs the completion script in a real shell.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { bashCompletion, zshCompletion } from '../../src/cli/completion.js';

/** Returns what bash completes after words of which the last one is incomplete. */
function bash(...words: string[]): string[] {
  const script = `${bashCompletion(COMMANDS)}
COMP_WORDS=(snakepit-otel ${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_snakepit_otel
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return output.split('\n').filter((line) => line !== '');
}

test.each<[string[], string[]]>([
  [['do'], ['doctor']],
  [['doctor', '--j'], ['--json']],
  [['--pr'], ['--print-config']],
  [
    ['agent', '--log-format', ''],
    ['text', 'json'],
  ],
  [['--log-level', 'w'], ['warn']],
  [
    ['completion', ''],
    ['bash', 'zsh', '--help', '--version'],
  ],
  [
    ['hardware', '--'],
    ['--help', '--version'],
  ],
  [['--port', ''], []],
  [['--config', 'completion.t'], ['completion.test.ts']],
  [['init', 'completion.t'], ['completion.test.ts']],
])('bash completes %j', (words, expected) => {
  expect(bash(...words)).toEqual(expected);
});

test('bash completes every command and the flags of the agent at first', () => {
  expect(bash('')).toEqual(expect.arrayContaining([...Object.keys(COMMANDS), '--config', '--help']));
});

test('the script for zsh has every command, flag and choice', () => {
  const script = zshCompletion(COMMANDS);
  expect(script).toMatch(/^#compdef snakepit-otel\n/);
  for (const [name, { flags }] of Object.entries(COMMANDS)) {
    const [, words = ''] = new RegExp(`^ {4}${name}\\) compadd -- (.*) ;;$`, 'm').exec(script) ?? [];
    for (const flag of Object.keys(flags)) expect(words.split(' ')).toContain(`--${flag}`);
  }
  expect(script).toContain('"agent --log-format") compadd -- text json; return ;;');
});
