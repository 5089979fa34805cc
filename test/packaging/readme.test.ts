// Runs the quick starts of README.md as pasted, in empty folders, with the packed packages in place of those on npm.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../helpers/free-port.js';
import { npm, RegistryUnreachableError } from './npm.js';
import { INSTALLING, test } from './packed.js';
import { ROOT } from './tarball.js';

interface Block {
  readonly language: string;
  readonly text: string;
}

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => ({
    language,
    text: block,
  }));

/** The blocks of each quick start, by heading. */
const quickStarts = new Map(
  readme
    .slice(readme.indexOf('## Quick start'), readme.indexOf('## Documentation'))
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), blocksOf(section)] as const),
);

type Tarballs = Readonly<Record<string, string>>;

/** Installs what the block names: our packages from their tarballs, the others from npm. */
async function install(folder: string, block: string, tarballs: Tarballs): Promise<void> {
  const [, ...args] = block.replaceAll('\\\n', ' ').trim().split(/\s+/);
  const named = args.map((argument) => tarballs[argument] ?? argument);
  // The distribution depends on the instrumentation, which npm would fetch.
  await npm(folder, ...new Set([...named, ...Object.values(tarballs)]));
}

interface Running {
  readonly output: () => string;
  readonly interrupt: () => void;
  readonly ended: Promise<number | null>;
}

/** Runs a command as a terminal does: in a process group, which an interrupt reaches as a whole. */
function start(command: string, folder: string, node: string, env: Record<string, string>): Running {
  const child = spawn('bash', ['-c', command], {
    cwd: folder,
    detached: true,
    env: { HOME: process.env.HOME, ...env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { output: () => output, interrupt: () => process.kill(-Number(child.pid), 'SIGINT'), ended };
}

/** Follows a quick start to its end, and returns what its program printed. */
async function follow(heading: string, tarballs: Tarballs, nodeMajor?: number): Promise<string> {
  const folder = await emptyFolder();
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()) };
  let node = process.execPath;
  let printed = '';
  for (const { language, text } of quickStarts.get(heading) ?? []) {
    if (language === 'js') {
      await writeFile(join(folder, 'app.mjs'), text);
    } else if (text.startsWith('npm install ')) {
      await install(folder, text, tarballs);
      if (nodeMajor !== undefined) node = await installNode(folder, nodeMajor);
    } else {
      const { output, ended } = start(text, folder, node, env);
      expect(await ended, output()).toBe(0);
      printed += output();
    }
  }
  return printed;
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(process.env.TMPDIR ?? '/tmp', 'snakepit-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function installNode(folder: string, major: number): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  await npm(folder, 'install', '--no-save', `${name}@${major}`);
  return join(folder, 'node_modules', name, 'bin/node');
}

const QUICK_STARTS: Readonly<Record<string, { nodeMajor?: number; prints: readonly RegExp[] }>> = {
  'Your service has an SDK 2.x': {
    prints: [
      /name: 'inference'/,
      /name: 'snakepit.circuit_breaker.opened'/,
      /name: 'snakepit.circuit_breaker.opened.total'[\s\S]*?value: 1\b/,
    ],
  },
  'Your service has an SDK 3.x': {
    nodeMajor: 22,
    prints: [
      /name: 'inference'/,
      /name: 'snakepit.circuit_breaker.opened'/,
      /name: 'snakepit.circuit_breaker.opened.total'[\s\S]*?value: 1\b/,
    ],
  },
  'Your service has no SDK': {
    prints: [
      /name: 'inference'/,
      /'service.name': 'my-service'/,
      /name: 'snakepit.circuit_breaker.opened.total'[\s\S]*?value: 1\b/,
    ],
  },
  'You do not want to change code': {
    prints: [/name: 'snakepit.circuit_breaker.calls.allowed.total'[\s\S]*?value: 1\b/],
  },
};
const AGENT = 'You run GPU hosts';

/** Skips the test if npm cannot reach its registry, or has no such Node for this platform. */
async function orSkip<T>(skip: (note: string) => never, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RegistryUnreachableError) skip(error.message);
    throw error;
  }
}

test('README.md has at most 10 kB, and every quick start in it is tested', () => {
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(10_240);
  expect([...quickStarts.keys()]).toEqual([...Object.keys(QUICK_STARTS), AGENT]);
});

test('README.md names the commands of the demo and of the tests', () => {
  const [demo, tests] = blocksOf(readme.slice(0, readme.indexOf('## Quick start')));
  expect(demo?.text).toBe('npm ci && npm run demo -- --for 10s\n');
  expect(tests?.text).toBe('npm ci && npm test\n');
});

test.for(Object.entries(QUICK_STARTS))(
  'the quick start "%s" works as pasted',
  INSTALLING,
  async ([heading, { nodeMajor, prints }], { tarballs, skip }) => {
    const printed = await orSkip(skip, () => follow(heading, tarballs, nodeMajor));
    for (const pattern of prints) expect(printed).toMatch(pattern);
  },
);

test(
  'the agent runs until Ctrl-C, and its doctor reports on every source',
  INSTALLING,
  async ({ tarballs, skip }) => {
    const folder = await emptyFolder();
    const commands = (quickStarts.get(AGENT) ?? []).flatMap(({ text }) => text.trim().split('\n'));
    expect(commands).toEqual(['npx snakepit-otel doctor', 'npx snakepit-otel agent --ui']);
    // npx runs what is installed.
    await orSkip(skip, () => install(folder, 'npm install snakepit-otel', tarballs));
    const env = {
      OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
      SNAKEPIT_OTEL_UI: String(await freePort()),
    };

    const doctor = start('npx snakepit-otel doctor', folder, process.execPath, env);
    expect([0, 1]).toContain(await doctor.ended);
    for (const source of ['tegra', 'nvml', 'nvidia-smi', 'amdgpu', 'intel', 'apple']) {
      expect(doctor.output()).toContain(source);
    }

    const agent = start('npx snakepit-otel agent --ui', folder, process.execPath, env);
    await expect.poll(agent.output, { timeout: 30_000 }).toMatch(/, accelerator /);
    const page = await fetch(`http://127.0.0.1:${env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`);
    expect(await page.text()).toContain('snakepit_telemetry_series');
    expect((await fetch(`http://127.0.0.1:${env.SNAKEPIT_OTEL_UI}/api/v1/snapshot`)).status).toBe(200);
    agent.interrupt();
    await agent.ended;
  },
);
