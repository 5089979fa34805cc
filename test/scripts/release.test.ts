import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { releasedVersion } from '../../scripts/release/check-tag.mjs';
import { releaseNotes } from '../../scripts/release/notes.mjs';
import { releasedPackages } from '../../scripts/release/packages.mjs';
import { repositoryFields, writeRepositoryFields } from '../../scripts/release/write-repository-fields.mjs';

const ENVIRONMENT = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'owner/name' };

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snakepit-release-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function manifest(directory: string, content: Record<string, unknown>) {
  await mkdir(join(root, directory), { recursive: true });
  await writeFile(join(root, directory, 'package.json'), JSON.stringify(content));
}

describe('repositoryFields', () => {
  test('names the repository of the workflow', () => {
    expect(repositoryFields(ENVIRONMENT)).toEqual({
      repository: { type: 'git', url: 'git+https://github.com/owner/name.git' },
      bugs: { url: 'https://github.com/owner/name/issues' },
      homepage: 'https://github.com/owner/name#readme',
    });
  });

  test('names the directory of a workspace', () => {
    expect(repositoryFields(ENVIRONMENT, 'agent')).toEqual({
      repository: { type: 'git', url: 'git+https://github.com/owner/name.git', directory: 'agent' },
      bugs: { url: 'https://github.com/owner/name/issues' },
      homepage: 'https://github.com/owner/name/tree/HEAD/agent#readme',
    });
  });

  test.each([
    ['GITHUB_SERVER_URL', undefined, 'GITHUB_SERVER_URL is not set'],
    ['GITHUB_SERVER_URL', 'github.com', 'GITHUB_SERVER_URL is "github.com"'],
    ['GITHUB_REPOSITORY', '', 'GITHUB_REPOSITORY is not set'],
    ['GITHUB_REPOSITORY', 'name', 'GITHUB_REPOSITORY is "name"'],
  ])('rejects %s=%j before writing a file', async (name, value, message) => {
    await manifest('', { name: 'one' });
    const environment = { ...ENVIRONMENT, [name]: value };
    expect(() => repositoryFields(environment)).toThrow(message);
    expect(() => writeRepositoryFields(root, environment)).toThrow(message);
    expect(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).toEqual({ name: 'one' });
  });

  test('writes into the root package and each workspace, and keeps the other fields', async () => {
    await manifest('', { name: 'one', homepage: 'https://example.com', workspaces: ['agent'] });
    await manifest('agent', { name: 'two', version: '1.0.0' });
    const files = writeRepositoryFields(root, ENVIRONMENT);
    const written = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
    expect(written).toEqual([
      { name: 'one', workspaces: ['agent'], ...repositoryFields(ENVIRONMENT) },
      { name: 'two', version: '1.0.0', ...repositoryFields(ENVIRONMENT, 'agent') },
    ]);
  });
});

describe('releasedPackages', () => {
  test('returns only the root package if it has no workspaces', async () => {
    await manifest('', { name: 'one' });
    expect(releasedPackages(root).map(({ directory }) => directory)).toEqual(['']);
  });

  test('returns workspaces that are not private', async () => {
    await manifest('', { name: 'one', workspaces: ['./agent/', 'tools'] });
    await manifest('agent', { name: 'two' });
    await manifest('tools', { name: 'three', private: true });
    expect(releasedPackages(root).map(({ directory }) => directory)).toEqual(['', 'agent']);
  });

  test('rejects a workspace that is a pattern', async () => {
    await manifest('', { name: 'one', workspaces: ['packages/*'] });
    expect(() => releasedPackages(root)).toThrow('Workspace packages/* is a pattern');
  });

  test('finds one version in this repository', () => {
    const packages = releasedPackages(process.cwd());
    expect(releasedVersion(`v${packages[0]?.manifest.version}`, packages)).toBe(
      packages[0]?.manifest.version,
    );
  });
});

describe('releasedVersion', () => {
  const released = (name: string, version: string) => ({
    directory: '',
    file: '',
    manifest: { name, version },
  });

  test.each(['1.2.3', '1.2.3-rc.1'])('returns %s for its tag', (version) => {
    const packages = [released('one', version), released('two', version)];
    expect(releasedVersion(`v${version}`, packages)).toBe(version);
  });

  test.each([undefined, '1.2.3', 'v1.2', 'v1.2.3;'])('rejects the tag %s', (tag) => {
    expect(() => releasedVersion(tag, [])).toThrow('is not a version');
  });

  test('rejects a tag that differs from the version of one package', () => {
    const packages = [released('one', '1.2.3'), released('two', '1.2.2')];
    expect(() => releasedVersion('v1.2.3', packages)).toThrow('two has version 1.2.2');
  });
});

describe('releaseNotes', () => {
  const changelog =
    '# Changelog\n\n## 1.1.0 (unreleased)\n\n- feat: c\n\n## 1.0.1 (2026-02-03)\n\n- fix: b\n\n### Notes\n\nMore.\n\n## 1.0.0\n';

  test('returns the section of the version', () => {
    expect(releaseNotes(changelog, '1.0.1')).toBe('- fix: b\n\n### Notes\n\nMore.');
  });

  test.each([
    ['1.1.0', 'unreleased'],
    ['1.0.0', 'is empty'],
    ['1.0', 'has no section'],
  ])('throws for %s', (version, message) => {
    expect(() => releaseNotes(changelog, version)).toThrow(message);
  });
});
