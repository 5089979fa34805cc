// `node bench/agent-idle.mjs [seconds]`: processor time and memory of an agent that samples every 5 s and receives nothing, and the time
// of its first answer on /metrics beside a page of prom-client in a process of its own. Linux only: it reads /proc.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const SECONDS = Number(process.argv[2] ?? 60);
/** Time for the start to end, s. */
const SETTLE_SECONDS = 10;
const TICKS_PER_SECOND = 100;
const AGENT = fileURLToPath(new URL('../snakepit-otel/dist/esm/cli/main.js', import.meta.url));
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

/** Returns the time until a process answers, ms, and the process. */
async function start(args, env, port) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    if (answer?.ok) {
      await answer.text();
      return { child, firstAnswerMs: performance.now() - startedAt };
    }
    await delay(0.005);
  }
}

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

const times = { agent: [agent.firstAnswerMs], 'prom-client': [] };
for (let i = 0; i < 5; i++) {
  const [ours, theirs] = [await freePort(), await freePort()];
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: String(ours), SNAKEPIT_OTEL_INPUTS: 'none' };
  const first = await start([AGENT], env, ours);
  first.child.kill('SIGTERM');
  times.agent.push(first.firstAnswerMs);
  const other = await start(['--input-type=module', '--eval', PROM_CLIENT], { PORT: String(theirs) }, theirs);
  other.child.kill('SIGKILL');
  times['prom-client'].push(other.firstAnswerMs);
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const [ours, theirs] = [median(times.agent), median(times['prom-client'])];
console.log(
  JSON.stringify(
    {
      'idle processor, % of a core': Number(
        (((after.cpuSeconds - before.cpuSeconds) / SECONDS) * 100).toFixed(3),
      ),
      'resident memory, MiB': Math.round(after.rssMb),
      'first answer, ms': { agent: Math.round(ours), 'prom-client': Math.round(theirs) },
      'first answer, ratio': Number((ours / theirs).toFixed(2)),
    },
    undefined,
    2,
  ),
);
