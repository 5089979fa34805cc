import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AmdgpuSource } from '../../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { fakeProc } from '../../../test/fakes/proc.js';
import { fakeSysfs } from '../../../test/fakes/sysfs.js';
import { FULL_AMDGPU } from '../../../test/helpers/full-readings.js';
import { withoutPrivileges } from '../../../test/helpers/without-privileges.js';
import { examine } from '../../src/cli/source-report.js';

test('names the remedy where the processes of other users may not be read', async () => {
  const sysfs = await fakeSysfs();
  const descriptors = join(sysfs.proc, '30/fd');
  onTestFinished(async () => {
    await chmod(descriptors, 0o755);
    await sysfs.remove();
  });
  await sysfs.card(0, FULL_AMDGPU);
  await fakeProc(sysfs.proc).process(30, {});
  await chmod(join(sysfs.proc, '..'), 0o755);
  await chmod(descriptors, 0o000);
  const source = new AmdgpuSource(sysfs);
  const { faults, devices } = await withoutPrivileges(() =>
    examine({ name: 'amdgpu', result: source }, 5000),
  );
  expect(faults).toEqual([
    { cause: expect.stringContaining('of other users'), remedy: expect.stringContaining('CAP_SYS_PTRACE') },
  ]);
  expect(devices[0]?.reported).toContain('processes');
});
