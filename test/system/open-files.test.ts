import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// In a Node of its own: the limit applies to the process, which must stay alive.
const built = (file: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../dist/esm/system/${file}`, import.meta.url)));

it.skipIf(process.platform === 'win32')(
  'reports programs that are not started because no more files may be opened',
  async () => {
    const text = `
    import { LineProcess } from ${built('line-process.js')};
    import { runProgram } from ${built('run-program.js')};
    import { closeSync, openSync } from 'node:fs';
    const open = [];
    try { for (;;) open.push(openSync('/dev/null')); } catch {}
    const line = new LineProcess('sleep', ['1'], () => {});
    line.kill();
    const ends = await Promise.all([line.ended, runProgram('sleep', ['1'], AbortSignal.abort()).then(({ status }) => status)]);
    open.forEach((file) => closeSync(file));
    console.log(ends.map(({ kind, error }) => kind + ' ' + error.code).join());`;
    const limited = 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"';
    const { stdout } = await promisify(execFile)('sh', ['-c', limited, process.execPath, text]);
    expect(stdout.trim()).toBe('not_started EMFILE,not_started EMFILE');
  },
);
