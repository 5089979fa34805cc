// Only another process can see when a process ends, so these run the built package in a Node of its own.
import { readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeProgram } from '../fakes/program.js';
import { runModule } from '../helpers/child.js';
import { until } from '../helpers/fixtures.js';

const LIMIT_MS = 10_000;

/** Runs a program on a host whose nvidia-smi hangs. Returns the PIDs of the nvidia-smi processes too. */
async function runWithHungNvidiaSmi(program: string) {
  const folder = await fakeProgram(
    'nvidia-smi',
    `sleep 60 & echo $! >> "$(dirname "$0")/pids"; echo $$ >> "$(dirname "$0")/pids"; wait`,
  );
  const startedAt = performance.now();
  const text = `import { detectHardware } from 'opentelemetry-instrumentation-snakepit';
    import { existsSync, readFileSync } from 'node:fs';
    // nvidia-smi and what it has started run.
    const areRunning = () => {
      const pids = ${JSON.stringify(join(folder, 'pids'))};
      return existsSync(pids) && readFileSync(pids, 'utf8').split('\\n').length > 2;
    };
    ${program}`;
  const { stdout, code } = await runModule(text, {
    env: { PATH: [folder, process.env.PATH].join(delimiter) },
  });
  const pids = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n').map(Number);
  await rm(join(folder, 'pids'));
  return { stdout: stdout.trim(), code, pids, tookMs: performance.now() - startedAt };
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(process.platform === 'win32')(
  'a process that detects hardware while nvidia-smi hangs',
  () => {
    it('ends at once if nobody awaits the result, and leaves nothing running', async () => {
      const run = await runWithHungNvidiaSmi(`
      void detectHardware();
      const timer = setInterval(() => areRunning() && clearInterval(timer), 10);`);
      expect(run).toMatchObject({ code: 0, stdout: '' });
      expect(run.tookMs).toBeLessThan(LIMIT_MS);
      expect(run.pids).toHaveLength(2);
      await until(() => !run.pids.some(isRunning));
    });

    it('leaves nothing running when it exits while it awaits the result', async () => {
      const run = await runWithHungNvidiaSmi(`
      setInterval(() => areRunning() && process.exit(3), 10);
      await detectHardware();`);
      expect(run).toMatchObject({ code: 3, stdout: '' });
      expect(run.tookMs).toBeLessThan(LIMIT_MS);
      expect(run.pids).toHaveLength(2);
      await until(() => !run.pids.some(isRunning));
    });
  },
);

it.skipIf(process.platform === 'win32')(
  'a process that only awaits the result stays until it is known',
  async () => {
    const folder = await fakeProgram('nvidia-smi', 'sleep 0.5; exit 9');
    const { stdout, code } = await runModule(
      `import { detectHardware } from 'opentelemetry-instrumentation-snakepit';
      console.log((await detectHardware()).cpu.threads > 0);`,
      { env: { PATH: [folder, process.env.PATH].join(delimiter) } },
    );
    expect({ stdout: stdout.trim(), code }).toEqual({ stdout: 'true', code: 0 });
  },
);
