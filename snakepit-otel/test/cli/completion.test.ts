// Runs the completion script in a real shell.
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BackendUnavailable, findOnPath } from '../../../scripts/backends/command.mjs';
import { skippedIfUnavailable, temporaryFolder } from '../../../test/helpers/backends.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { bashCompletion, zshCompletion } from '../../src/cli/completion.js';
import { TestTerminal } from '../helpers/terminal.js';

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
  [['--log-format', '=', 'j'], ['json']],
  [['--config', '=', 'completion.t'], ['completion.test.ts']],
  [['--config', 'completion.t'], ['completion.test.ts']],
  [['init', 'completion.t'], ['completion.test.ts']],
  [
    ['init', '--'],
    ['--help', '--version'],
  ],
])('bash completes %j', (words, expected) => {
  expect(bash(...words)).toEqual(expected);
});

test('bash completes every command and the flags of the agent at first', () => {
  expect(bash('')).toEqual(expect.arrayContaining([...Object.keys(COMMANDS), '--config', '--help']));
});

test('bash completes files with spaces', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'my agent.yaml'), '');
  expect(bash('--config', `${folder}/my`)).toEqual([join(folder, 'my agent.yaml')]);
});

describe('zsh', async () => {
  await skippedIfUnavailable(async () => {
    if (findOnPath('zsh') === undefined)
      throw new BackendUnavailable('zsh is not on PATH; install the package zsh');
  }, undefined);

  /** Starts a shell that prints the line, as completed so far, between brackets when Ctrl-X is typed. */
  async function startZsh(load: string): Promise<TestTerminal> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'functions'));
    await writeFile(join(folder, 'functions/_snakepit-otel'), zshCompletion(COMMANDS));
    await writeFile(join(folder, 'my agent.yaml'), '');
    await writeFile(
      join(folder, '.zshrc'),
      `PS1='> '; unsetopt beep list_beep prompt_sp
fpath=(${folder}/functions $fpath)
autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' insert-tab false
show-line() { print -r -- "
[$BUFFER]"; zle send-break }; zle -N show-line; bindkey '^X' show-line
cd ${folder}
${load}
echo ready`,
    );
    const terminal = new TestTerminal(['zsh', '-d', '-i'], {
      columns: 200,
      env: { ZDOTDIR: folder, HOME: folder },
    });
    await terminal.shows('ready');
    return terminal;
  }

  /** Returns the line after Tab. */
  async function complete(terminal: TestTerminal, line: string): Promise<string> {
    const before = terminal.output.length;
    terminal.type(`${line}\t\x18`);
    return terminal.until(() => {
      const [, completed] = /\r\n\[(.*)\]\r\n/.exec(terminal.output.subarray(before).toString()) ?? [];
      if (completed === undefined) throw new Error(`the line is not printed:\n${terminal.text}`);
      return completed;
    });
  }

  test('completes commands, flags, their values and files by the script that the shell finds', async () => {
    const terminal = await startZsh('');
    for (const [line, completed] of [
      ['snakepit-otel doc', 'snakepit-otel doctor '],
      ['snakepit-otel --pr', 'snakepit-otel --print-config '],
      ['snakepit-otel tail --gr', 'snakepit-otel tail --grep '],
      ['snakepit-otel agent --log-format j', 'snakepit-otel agent --log-format json '],
      ['snakepit-otel --log-format=j', 'snakepit-otel --log-format=json '],
      ['snakepit-otel completion z', 'snakepit-otel completion zsh '],
      ['snakepit-otel --config my', 'snakepit-otel --config my\\ agent.yaml '],
      ['snakepit-otel init my', 'snakepit-otel init my\\ agent.yaml '],
      ['snakepit-otel --port 9', 'snakepit-otel --port 9'],
    ] as const)
      expect(await complete(terminal, line), line).toBe(completed);
    terminal.type('snakepit-otel \t');
    for (const word of [...Object.keys(COMMANDS), '--config', '--help']) await terminal.shows(word);
  });

  test('completes by a script that is read into the shell', async () => {
    const terminal = await startZsh('source functions/_snakepit-otel');
    expect(await complete(terminal, 'snakepit-otel hard')).toBe('snakepit-otel hardware ');
  });
});
