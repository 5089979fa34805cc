// Compares a sample of eight AMD GPUs, from files as the kernel has them, with reading the files of its values one after another.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AmdgpuSource } from '../../dist/esm/gpu/sources/amdgpu/amdgpu-source.js';
import { compareCost, report } from '../compare.mjs';

const CARDS = 8;
/** Files whose values change, by the driver and its hardware monitor. */
const VALUES = {
  'device/mem_info_vram_used': '11132928',
  'device/gpu_busy_percent': '37',
  'device/mem_busy_percent': '12',
  'device/ras/umc_err_count': 'ue: 1\nce: 20',
  'device/hwmon/hwmon5/temp1_input': '43000',
  'device/hwmon/hwmon5/power1_average': '41500000',
  'device/hwmon/hwmon5/power1_cap': '300000000',
  'device/hwmon/hwmon5/energy1_input': '90000000',
  'device/hwmon/hwmon5/freq1_input': '1700000000',
  'device/hwmon/hwmon5/freq2_input': '1600000000',
  'device/hwmon/hwmon5/pwm1': '51',
};
const IDENTITY = {
  'device/unique_id': 'a32343daf897162a',
  'device/product_name': 'Instinct MI210',
  'device/driver/module/version': '6.10.5',
  'device/mem_info_vram_total': '68702699520',
  'device/hwmon/hwmon5/name': 'amdgpu',
  'device/hwmon/hwmon5/pwm1_max': '255',
};

const root = mkdtempSync(join(tmpdir(), 'sysfs-sample-'));
const paths = [];
for (let card = 0; card < CARDS; card++) {
  const uevent = { 'device/uevent': `DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c${card}:00.0` };
  for (const [name, text] of Object.entries({ ...uevent, ...IDENTITY, ...VALUES })) {
    const path = join(root, 'class/drm', `card${card}`, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
    if (name in VALUES) paths.push(path);
  }
}

const source = new AmdgpuSource({ root: join(root, 'class/drm') });
const { signal } = new AbortController();
const { cpu, elapsed } = await compareCost(
  {
    'files alone': async () => {
      for (const path of paths) await readFile(path, { encoding: 'utf8', signal });
    },
    'AMD sample': () => source.sample(signal),
  },
  { calls: { 'files alone': 20, 'AMD sample': 20 } },
);
await source.close();
rmSync(root, { recursive: true });

const comparison = { baseline: 'files alone', ours: 'AMD sample' };
report([
  { ...comparison, title: 'sample of 8 AMD GPUs: CPU time', target: 5, times: cpu },
  { ...comparison, title: 'sample of 8 AMD GPUs: elapsed time', times: elapsed },
]);
