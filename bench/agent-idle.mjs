// `node bench/agent-idle.mjs [seconds]`: processor time and memory of an agent that samples every 5 s and receives nothing, and the time
// and processor time of its first answer on /metrics beside a page of prom-client in a process of its own. The processor time hardly
// depends on what else the host does. Linux only: it reads /proc.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const SECONDS = Number(process.argv[2] ?? 60);
/** Time for the start to end, s. */
const SETTLE_SECONDS = 10;
const TICKS_PER_SECOND = 100;
const AGENT = fileURLToPath(new URL('../snakepit-otel/dist/command/main.cjs', import.meta.url));
const PROM_CLIENT = `
  import { createServer } from 'node:http';
  import { collectDefaultMetrics, register } from 'prom-client';
  collectDefaultMetrics();
  createServer(async (_, response) => response.end(await register.metrics())).listen(process.env.PORT, '127.0.0.1');`;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const delay = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Returns the time and the processor time until a process answers, ms, and the process. */
async function start(args, env, port) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    if (answer?.ok) {
      await answer.text();
      return { child, firstAnswerMs: performance.now() - startedAt, firstAnswerCpuMs: cpuMs(child.pid) };
    }
    await delay(0.005);
  }
}

/** Returns the processor time of all threads of a process, ms. */
const cpuMs = (pid) =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1e6, 0);

/** Returns processor seconds and resident memory of a process. */
function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssMb: Number(kilobytes) / 1024,
  };
}

const agentPort = await freePort();
const agent = await start(
  [AGENT, '--interval', '5s'],
  { OTEL_EXPORTER_PROMETHEUS_PORT: String(agentPort), SNAKEPIT_OTEL_INPUTS: 'none' },
  agentPort,
);
await delay(SETTLE_SECONDS);
const before = usage(agent.child.pid);
await delay(SECONDS);
const after = usage(agent.child.pid);
agent.child.kill('SIGTERM');

const starts = { agent: [agent], 'prom-client': [] };
for (let i = 0; i < 5; i++) {
  const [ours, theirs] = [await freePort(), await freePort()];
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: String(ours), SNAKEPIT_OTEL_INPUTS: 'none' };
  starts.agent.push(await start([AGENT], env, ours));
  starts.agent.at(-1).child.kill('SIGTERM');
  starts['prom-client'].push(
    await start(['--input-type=module', '--eval', PROM_CLIENT], { PORT: String(theirs) }, theirs),
  );
  starts['prom-client'].at(-1).child.kill('SIGKILL');
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
/** Returns both medians of a time of the first answer, and their ratio. */
function compare(time) {
  const [ours, theirs] = Object.values(starts).map((each) => median(each.map((start) => start[time])));
  return {
    agent: Math.round(ours),
    'prom-client': Math.round(theirs),
    ratio: Number((ours / theirs).toFixed(2)),
  };
}
console.log(
  JSON.stringify(
    {
      'idle processor, % of a core': Number(
        (((after.cpuSeconds - before.cpuSeconds) / SECONDS) * 100).toFixed(3),
      ),
      'resident memory, MiB': Math.round(after.rssMb),
      'first answer, ms': compare('firstAnswerMs'),
      'first answer, ms of processor time': compare('firstAnswerCpuMs'),
    },
    undefined,
    2,
  ),
);
