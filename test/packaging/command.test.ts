// The command and `register`, installed from the packed packages as a user installs them.
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { runNpm } from './npm.js';
import { INSTALLING, run, test } from './packed.js';
import { ROOT } from './tarball.js';

interface Exit {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a program that may fail. */
const exitOf = (program: string, args: readonly string[], cwd: string): Promise<Exit> =>
  promisify(execFile)(program, args, { cwd }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );

test(
  'npx and npm exec run the doctor, and --import snakepit-otel/register traces an application',
  INSTALLING,
  async ({ project, tarballs, installOrSkip }) => {
    await installOrSkip(() => runNpm(project, ['install', ...Object.values(tarballs)]));

    for (const [program, ...args] of [
      ['npx', '--no-install', 'snakepit-otel', 'doctor'],
      ['npm', 'exec', '--no', '--', 'snakepit-otel', 'doctor'],
    ] as const) {
      const { code, stdout } = await exitOf(program, args, project);
      // Depends on the GPUs of the host.
      expect([0, 1]).toContain(code);
      for (const source of ['tegra', 'nvml', 'nvidia-smi', 'amdgpu', 'intel', 'apple']) {
        expect(stdout).toMatch(new RegExp(`^[→ ] ${source}$`, 'm'));
      }
    }

    await cp(join(ROOT, 'test/packaging/hosts/programs/traced.cjs'), join(project, 'traced.cjs'));
    const printed = await run(
      { folder: project, node: process.execPath },
      ['--import', 'snakepit-otel/register', 'traced.cjs'],
      { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    );
    expect(printed).toContain("name: 'traced'");
  },
);
