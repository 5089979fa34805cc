import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes a fake program, a shell script of that name. Returns its folder, for `PATH`. */
export async function fakeProgram(name: string, script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
  return folder;
}
