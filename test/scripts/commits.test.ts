import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkedSince } from '../../scripts/commits/checked-since.mjs';

describe('commitlint', () => {
  const COMMITLINT = 'node_modules/@commitlint/cli/cli.js';
  const lint = (message: string) =>
    spawnSync(process.execPath, [COMMITLINT], { input: message, encoding: 'utf8' });

  test.each([
    'feat(gpu): NVML readings once a second',
    'bench: measure the export of spans',
    'fix(nvidia-smi)!: drop rejected columns\n\nThe reason.',
    `docs: ${'x'.repeat(66)}`,
    "Merge branch 'gpu'",
  ])('accepts %j', (message) => {
    expect(lint(message)).toMatchObject({ status: 0 });
  });

  test.each([
    ['README: no type', 'type-enum'],
    ['tests: unknown type', 'type-enum'],
    ['no type', 'type-empty'],
    ['feat(GPU): scope in capitals', 'scope-case'],
    [`docs: ${'x'.repeat(67)}`, 'header-max-length'],
  ])('rejects %j', (message, rule) => {
    const { status, stdout } = lint(message);
    expect(status).toBe(1);
    expect(stdout).toContain(`[${rule}]`);
  });
});

describe('checkedSince', () => {
  let cwd = '';
  const git = (...args: readonly string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgSign=false', ...args],
      {
        cwd,
        encoding: 'utf8',
      },
    ).trim();
  const commit = (message: string) => {
    git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  let oldest = '';
  let start = '';
  let main = '';

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'snakepit-commits-'));
    git('init', '-q');
    oldest = commit('Old');
    start = commit('Old, the last');
    main = commit('feat: first');
    commit('feat: second');
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  test('returns the start of the convention without a remote', () => {
    expect(checkedSince({ cwd, start })).toBe(start);
  });

  test('returns the merge base with origin/main', () => {
    git('update-ref', 'refs/remotes/origin/main', main);
    expect(checkedSince({ cwd, start })).toBe(main);
  });

  test('returns the given base', () => {
    expect(checkedSince({ cwd, start, base: 'HEAD~1' })).toBe(main);
  });

  test('returns nothing older than the convention', () => {
    expect(checkedSince({ cwd, start, base: oldest })).toBe(start);
  });

  test('throws if the clone lacks the base', () => {
    expect(() => checkedSince({ cwd, start, base: 'gone' })).toThrow('Commit gone is not in this clone');
  });
});
