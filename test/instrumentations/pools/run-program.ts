import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { runNode } from '../../helpers/child.js';

const NODE_MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** Runs a program without output on stderr. Returns the JSON that it prints. */
export async function outcomeOf(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr } = await runNode(args, { env });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/**
 * Copies a library to where programs find it under its own name.
 *
 * @param alias its name in `package.json`
 * @param version version that the copy has. @default its own
 * @returns environment of a program that loads the copy
 */
export async function copyOf(library: string, alias: string, version?: string) {
  const folder = await mkdtemp(join(tmpdir(), `snakepit-${library}-`));
  onTestFinished(() => rm(folder, { recursive: true }));
  const copy = join(folder, 'node_modules', library);
  await cp(join(NODE_MODULES, alias), copy, { recursive: true });
  if (version !== undefined) {
    const manifest = join(copy, 'package.json');
    await writeFile(manifest, JSON.stringify({ ...JSON.parse(await readFile(manifest, 'utf8')), version }));
  }
  return { LIBRARY: join(folder, 'program.cjs') };
}
