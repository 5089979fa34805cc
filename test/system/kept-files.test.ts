// Files of /proc of a process that ends act as files of a driver that is unloaded: reading them fails from then on.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptFiles } from '../../src/system/kept-files.js';

let folder: string;
let files: KeptFiles;
const read = async (name: string) => (await files.read(join(folder, name)))?.toString().trim();
/** Returns the number of descriptors of this process. */
const descriptors = () => readdirSync(existsSync('/proc/self/fd') ? '/proc/self/fd' : '/dev/fd').length;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-files-'));
  files = new KeptFiles();
});
afterEach(async () => {
  await files.close();
  await rm(folder, { recursive: true });
});

it('reads the current content of a file that it keeps open', async () => {
  await writeFile(join(folder, 'sensor'), '42\n');
  expect(await read('sensor')).toBe('42');
  await writeFile(join(folder, 'sensor'), '7\n');
  expect(await read('sensor')).toBe('7');
  expect(files.openCount).toBe(1);
});

it('opens a file again that has gone and is there again', async () => {
  const first = await startProcess();
  const second = await startProcess();
  const path = join(folder, 'process');
  await symlink(`/proc/${first.pid}/status`, path);
  expect(await read('process')).toContain(`Pid:\t${first.pid}\n`);
  expect(files.takeLost()).toBe(false);
  first.kill();
  await once(first, 'exit');
  await unlink(path);
  await symlink(`/proc/${second.pid}/status`, path);
  expect(await read('process')).toContain(`Pid:\t${second.pid}\n`);
  expect(files.takeLost()).toBe(true);
  expect(files.takeLost()).toBe(false);
  second.kill();
  await once(second, 'exit');
  expect(await read('process')).toBeUndefined();
  expect(files.openCount).toBe(0);
});

it('does not try to open an absent file again before the next sweep', async () => {
  expect(await read('late')).toBeUndefined();
  await writeFile(join(folder, 'late'), '1');
  expect(await read('late')).toBeUndefined();
  await files.sweep();
  expect(await read('late')).toBe('1');
});

it('closes what was not read since the last sweep', async () => {
  for (const name of ['old', 'new']) await writeFile(join(folder, name), name);
  await read('old');
  await read('new');
  await files.sweep();
  await read('new');
  await files.sweep();
  expect(files.openCount).toBe(1);
  expect(await read('old')).toBe('old');
});

it('leaks no descriptor while devices come and go', async () => {
  const before = descriptors();
  for (let device = 0; device < 200; device++) {
    for (const name of [`power${device}`, `clock${device}`]) {
      await writeFile(join(folder, name), '1');
      await read(name);
    }
    await rm(join(folder, `power${device}`));
    await read(`missing${device}`);
    await files.sweep();
  }
  expect(files.openCount).toBeLessThanOrEqual(4);
  expect(descriptors()).toBeLessThanOrEqual(before + 4);
  await files.close();
  expect(descriptors()).toBe(before);
});

it('keeps a limited number of files open, and reads the others', async () => {
  for (let i = 0; i < 600; i++) await writeFile(join(folder, `sensor${i}`), String(i));
  for (let i = 0; i < 600; i++) expect(await read(`sensor${i}`)).toBe(String(i));
  expect(files.openCount).toBe(512);
  expect(await read('sensor599')).toBe('599');
});

it('closes during a read, and reads nothing afterwards', async () => {
  await writeFile(join(folder, 'sensor'), '42');
  const before = descriptors();
  const reading = read('sensor');
  await files.close();
  expect(await reading).toBe('42');
  expect(await read('sensor')).toBeUndefined();
  expect(files.openCount).toBe(0);
  expect(descriptors()).toBe(before);
});

it('leaves its descriptors to the host when that has none left', async () => {
  // In a Node of its own, as the limit applies to the process.
  const built = fileURLToPath(new URL('../../dist/esm/system/kept-files.js', import.meta.url));
  const text = `
    import { KeptFiles } from ${JSON.stringify(built)};
    import { closeSync, openSync } from 'node:fs';
    const files = new KeptFiles();
    const names = ['stat', 'status', 'comm', 'statm'].map((name) => '/proc/self/' + name);
    for (const name of names) await files.read(name);
    const open = [];
    try { for (;;) open.push(openSync('/dev/null')); } catch {}
    await files.read('/proc/self/limits');
    open.push(openSync('/dev/null'), openSync('/dev/null'));
    const kept = files.openCount;
    for (const file of open) closeSync(file);
    console.log(kept, (await files.read(names[2])).toString().trim());`;
  const limited = 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"';
  const { stdout } = await promisify(execFile)('sh', ['-c', limited, process.execPath, text]);
  expect(stdout.trim()).toBe('0 node');
});

it('reads a folder as absent', async () => {
  expect(await files.read(folder)).toBeUndefined();
});

async function startProcess(): Promise<ChildProcess> {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  return child;
}
