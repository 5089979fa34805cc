// Compares a sample of 8 and 64 AMD GPUs, from files as the kernel has them, with reading the files of its values one after another; the
// search for processes among 2,000 with reading all of their descriptors; and the turns of the event loop with those of an idle process.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GPUProfiler } from 'opentelemetry-instrumentation-snakepit';
import { AmdgpuSource } from '../../dist/esm/gpu/sources/amdgpu/amdgpu-source.js';
import { compareCost, report } from '../compare.mjs';
import { compareTurns, longestTurn } from '../longest-turn.mjs';

const PROCESSES = 2000;
const DESCRIPTORS = 20;
/** Time that a search takes, ms. */
const SEARCH_MS = 100;
/** Measurements of the longest turn of the event loop. */
const ROUNDS = 60;
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
const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'sysfs-sample-'));

/** Writes cards. Returns a source of them, and the paths of the values. */
function writeCards(count) {
  const root = join(folder, `cards${count}`, 'class/drm');
  const paths = [];
  for (let card = 0; card < count; card++) {
    const uevent = {
      'device/uevent': `DRIVER=amdgpu\nPCI_SLOT_NAME=0000:${card.toString(16).padStart(2, '0')}:00.0`,
    };
    for (const [name, text] of Object.entries({ ...uevent, ...IDENTITY, ...VALUES })) {
      const path = join(root, `card${card}`, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${text}\n`);
      if (name in VALUES) paths.push(path);
    }
  }
  return { root, paths };
}

/** Writes processes, of which one in a hundred has a card open. Returns the folder. */
function writeProcesses() {
  const proc = join(folder, 'proc');
  for (let pid = 1; pid <= PROCESSES; pid++) {
    mkdirSync(join(proc, String(pid), 'fd'), { recursive: true });
    for (let fd = 0; fd < DESCRIPTORS; fd++)
      symlinkSync(`socket:[${pid}${fd}]`, join(proc, String(pid), 'fd', String(fd)));
    if (pid % 100 > 0) continue;
    symlinkSync('/dev/dri/renderD128', join(proc, String(pid), 'fd/99'));
    mkdirSync(join(proc, String(pid), 'fdinfo'));
    writeFileSync(
      join(proc, String(pid), 'fdinfo/99'),
      `drm-driver:\tamdgpu\ndrm-client-id:\t${pid}\ndrm-pdev:\t0000:00:00.0\ndrm-resident-vram:\t4 MiB\ndrm-engine-gfx:\t1 ns\n`,
    );
  }
  return proc;
}

async function compareCards(count) {
  const { root, paths } = writeCards(count);
  const source = new AmdgpuSource({ root, proc: null });
  const calls = Math.ceil(160 / count);
  const { cpu, elapsed } = await compareCost(
    {
      'files alone': async () => {
        for (const path of paths) await readFile(path, { encoding: 'utf8', signal });
      },
      'AMD sample': () => source.sample(signal),
    },
    { calls: { 'files alone': calls, 'AMD sample': calls } },
  );
  await source.close();
  const comparison = { baseline: 'files alone', ours: 'AMD sample' };
  return [
    { ...comparison, title: `sample of ${count} AMD GPUs: CPU time`, target: 5, times: cpu },
    { ...comparison, title: `sample of ${count} AMD GPUs: elapsed time`, times: elapsed },
  ];
}

/** Compares a sample with a search for processes, which is made every ten seconds, and one between searches. */
async function compareProcesses(proc) {
  const { root } = writeCards(1);
  const known = new AmdgpuSource({ root, proc });
  const first = async () => {
    const source = new AmdgpuSource({ root, proc });
    // A search that takes too long is continued by the next sample.
    for (let found = 0; found < PROCESSES / 100; ) {
      const { readings } = await source.sample(signal);
      found = readings[0].processes?.length ?? 0;
    }
    await source.close();
  };
  for (let i = 0; i < 20; i++) await known.sample(signal);
  const { cpu } = await compareCost(
    {
      'descriptors alone': async () => {
        for (const pid of readdirSync(proc))
          for (const fd of readdirSync(join(proc, pid, 'fd'))) readlinkSync(join(proc, pid, 'fd', fd));
      },
      'first search': first,
      'known processes': () => known.sample(signal),
    },
    { rounds: 5, calls: { 'descriptors alone': 1, 'first search': 1, 'known processes': 20 } },
  );
  await known.close();
  const baseline = 'descriptors alone';
  return ['first search', 'known processes'].map((ours) => ({
    title: `${ours} of ${PROCESSES} processes: CPU time`,
    baseline,
    ours,
    times: { [baseline]: cpu[baseline], [ours]: cpu[ours] },
  }));
}

/** Compares the turns of the event loop, with samples of 64 cards and with a search in each of them. */
async function measureTurns(proc) {
  const { root } = writeCards(64);
  const profiler = new GPUProfiler({ source: new AmdgpuSource({ root, proc: null }), enabled: false });
  await profiler.sampleNow();
  const turns = { idle: [], 'with samples of 64 GPUs': [], 'with a search': [] };
  for (let round = 0; round < ROUNDS; round++) {
    // As long as a search: the garbage of the measurement is collected in both.
    turns.idle.push(await longestTurn(() => sleep(SEARCH_MS)));
    turns['with samples of 64 GPUs'].push(await longestTurn(() => profiler.sampleNow()));
    const searching = new AmdgpuSource({ root: oneCard, proc });
    turns['with a search'].push(await longestTurn(() => searching.sample(signal)));
    await searching.close();
  }
  await profiler.shutdown();
  return compareTurns(turns);
}

// Keeps the process running while only unreferenced handles are open.
const keepAlive = setInterval(() => {}, 1000);
const { root: oneCard } = writeCards(1);
const proc = writeProcesses();
report([
  ...(await compareCards(8)),
  ...(await compareCards(64)),
  ...(await compareProcesses(proc)),
  ...(await measureTurns(proc)),
]);
clearInterval(keepAlive);
rmSync(folder, { recursive: true });
