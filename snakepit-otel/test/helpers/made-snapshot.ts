import type { GpuMetric, GpuSeries, Snapshot, Trace } from '../../src/page/contract.js';

const STEP_MS = 2000;
const STEPS = 450;
const MINUTE = 60_000;

/** Returns what an agent on a host with two GPUs knows: one ran out of memory, one is at its power limit, and a breaker is open. */
export function madeSnapshot(now: number, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    v: 1,
    boot: 'a1',
    seq: 0,
    now,
    range: '15m',
    host: {
      name: 'gpu-node-07',
      version: '0.1.0',
      platform: 'linux x64',
      pid: 4711,
      startedAt: now - 134 * MINUTE,
      serviceName: 'snakepit-otel',
      gpuIntervalMs: 1000,
      samplesGpus: true,
      includesSensitive: true,
      sources: [{ name: 'nvml', state: 'selected' }],
      addresses: [],
    },
    limits: { traces: 200, spans: 20_000, spansPerTrace: 5000, errors: 200, events: 2000, seconds: 3600 },
    gpus: [busyGpu(now), failedGpu(now)],
    pools: [
      pool('llm', { workers: 2, busy: 0, queued: 7, oldestQueuedMs: 39_000, retries: 12 }, now),
      pool('rerank', { workers: 1, busy: 1, queued: 1, oldestQueuedMs: 300, retries: 2 }, now),
      pool('embed', { workers: 2, busy: 1, queued: 0, retries: 0 }, now),
    ],
    breakers: [
      breaker('llm', 'open', [15 * MINUTE, 4.5 * MINUTE, 4 * MINUTE, 3.8 * MINUTE, 38_000], now),
      breaker('rerank', 'half_open', [15 * MINUTE, 90_000, 28_000], now),
      breaker('embed', 'closed', [15 * MINUTE], now),
    ],
    traces: TRACES.map(([age, ms, joules, peakGib, name, error], index) => ({
      id: `4bf92f3577b34da6a3ce929d0e0e473${index}`,
      name,
      start: now - age * 1000 - ms,
      ms,
      spans: 9,
      status: error === undefined ? ('ok' as const) : ('error' as const),
      ...(error === undefined ? undefined : { error }),
      devices: ['cuda:1'],
      joules,
      peakMemory: peakGib * 1024,
      services: ['api'],
    })).toReversed(),
    errors: [
      {
        id: 'e1',
        ts: now - 41_000,
        kind: 'oom',
        type: 'torch.OutOfMemoryError',
        message: 'CUDA out of memory. Tried to allocate 2.44 GiB. GPU 1 has 1.31 GiB free.',
        count: 2,
        firstSeen: now - 7 * MINUTE,
        device: 'cuda:1',
        pool: 'llm',
        worker: 'w-3',
        place: 'decode, model.py:88',
        trace: '4bf92f3577b34da6a3ce929d0e0e4730',
      },
    ],
    events: [
      event(now - 41_000, 'error', 'snakepit.error.oom', 'Out of memory: device=cuda:1', 'w-3'),
      event(now - 38_000, 'warn', 'snakepit.circuit_breaker.opened', 'Circuit breaker opened: pool=llm'),
      event(now - 5000, 'info', 'snakepit.pool.worker.spawned', 'Worker started: pool=llm', 'w-5'),
    ],
    delivery: [
      {
        exporter: 'otlp',
        signal: 'traces',
        state: 'ok',
        lastSuccess: now - 2000,
        sent: 12_480,
        lost: 0,
        queued: 0,
      },
      {
        exporter: 'prometheus',
        signal: 'metrics',
        state: 'ok',
        lastSuccess: now - 4000,
        sent: 0,
        lost: 0,
        queued: 0,
      },
      {
        exporter: 'otlp',
        signal: 'logs',
        address: 'http://collector:4318/v1/logs',
        state: 'failing',
        lastSuccess: now - 31_000,
        sent: 900,
        lost: 0,
        queued: 214,
        lastError: 'connection refused',
      },
    ],
    problems: [
      {
        id: 'oom cuda:1',
        severity: 'error',
        title: 'Out of memory on cuda:1',
        cause: 'w-3 asked for 2.44 GiB in decode, 1.31 GiB was free',
        since: now - 41_000,
        link: '#/error/e1',
      },
      {
        id: 'breaker llm',
        severity: 'error',
        title: 'Breaker llm is open',
        cause: '5 failures, 7 calls wait, 31 refused',
        since: now - 38_000,
        link: '#/breaker/llm',
      },
      {
        id: 'power cuda:0',
        severity: 'warning',
        title: 'GPU cuda:0 is power-capped',
        cause: 'clocks are held at 1,605 of 1,980 MHz',
        since: now - 4 * MINUTE,
        link: '#/gpu/cuda:0',
      },
    ],
    ...changes,
  };
}

const TRACES: readonly (readonly [
  age: number,
  ms: number,
  joules: number,
  gib: number,
  name: string,
  error?: string,
])[] = [
  [41, 3420, 1655, 78.3, 'POST /v1/generate', 'torch.OutOfMemoryError: CUDA out of memory'],
  [44, 2984, 1452, 77.1, 'POST /v1/generate'],
  [46, 188, 39, 3.1, 'POST /v1/embed'],
  [49, 3102, 1498, 76.3, 'POST /v1/generate'],
  [52, 336, 104, 8.7, 'POST /v1/rerank'],
  [53, 412, 264, 56.8, 'train.step'],
  [57, 5011, 2210, 75.6, 'POST /v1/generate', 'TimeoutError: no answer in 5 s'],
  [58, 171, 36, 3.1, 'POST /v1/embed'],
];

type State = 'closed' | 'open' | 'half_open';

function breaker(
  name: string,
  state: State,
  ages: readonly number[],
  now: number,
): Snapshot['breakers'][number] {
  const states: State[] = ['closed', 'open', 'half_open', 'closed', 'open'];
  const transitions = ages.map((age, index) => ({ ts: now - age, state: states[index] ?? state }));
  return {
    name,
    state,
    since: transitions.at(-1)?.ts ?? now,
    rejected: 31,
    failures: 5,
    successes: 900,
    transitions,
  };
}

const pool = (name: string, values: object, now: number): Snapshot['pools'][number] => ({
  name,
  requests: 1200,
  errors: 8,
  retries: 0,
  restarts: 1,
  lastEvent: now - 2000,
  ...values,
});

const event = (
  ts: number,
  level: Snapshot['events'][number]['level'],
  name: string,
  text: string,
  worker?: string,
): Snapshot['events'][number] => ({
  ts,
  level,
  name,
  text,
  attributes: worker === undefined ? {} : { worker_id: worker },
});

/** A GPU that trains at its power limit. */
function busyGpu(now: number): Snapshot['gpus'][number] {
  const ramp = (step: number) => Math.min(1, Math.max(0.02, (step - 45) / 30));
  return {
    device: 'cuda:0',
    ...H100,
    throttleReasons: ['sw_power_cap'],
    lastSeen: now,
    isLost: false,
    processes: [
      { pid: 48_211, command: 'python3 train.py', memory: 58_120, pod: 'trainer-0', namespace: 'ml' },
      { pid: 48_977, command: 'embed worker w-1', memory: 3214, pool: 'embed', worker: 'w-1' },
    ],
    series: series(now, {
      memory: (step) => 61_334 * ramp(step),
      utilization: (step) => 0.08 + 0.84 * ramp(step) + 0.06 * Math.sin(step / 5),
      power: (step) => 118 + 560 * ramp(step) + 12 * Math.sin(step / 3),
      temperature: (step) => 41 + 31 * ramp(step),
      clock: () => 1605,
      throttle: (step) => (step > 330 ? 1 : 0),
    }),
  };
}

/** A GPU whose memory ran out: its largest process has ended. */
function failedGpu(now: number): Snapshot['gpus'][number] {
  const hasFailed = (step: number) => step > STEPS - 21;
  return {
    device: 'cuda:1',
    ...H100,
    throttleReasons: [],
    lastSeen: now,
    isLost: false,
    processes: [
      { pid: 50_120, command: 'rerank worker w-4', memory: 8902, pool: 'rerank', worker: 'w-4' },
      { pid: 48_980, command: 'embed worker w-2', memory: 3214, pool: 'embed', worker: 'w-2' },
      {
        pid: 51_302,
        command: 'llm worker w-3',
        memory: 67_686,
        pool: 'llm',
        worker: 'w-3',
        goneAt: now - 38_000,
      },
    ],
    series: series(now, {
      memory: (step) => (hasFailed(step) ? 12_116 : 53_300 + 26_480 * (step / STEPS) ** 1.7),
      utilization: (step) => (hasFailed(step) ? 0.03 : 0.74 + 0.2 * Math.sin(step / 9)),
      power: (step) => (hasFailed(step) ? 126 : 468 + 60 * Math.sin(step / 9)),
      temperature: (step) => (hasFailed(step) ? 50 : 63),
      clock: () => 1980,
      throttle: () => 0,
    }),
  };
}

const H100 = {
  name: 'NVIDIA H100 80GB HBM3',
  vendor: 'nvidia',
  driverVersion: '570.86',
  memoryLimit: 81_559,
  powerLimit: 700,
  slowdownTemperature: 87,
} as const;

function series(now: number, values: Readonly<Record<GpuMetric, (step: number) => number>>): GpuSeries {
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  const mean = Object.fromEntries(
    Object.entries(values).map(([metric, valueAt]) => [metric, steps.map(valueAt)]),
  );
  return { from: now - (STEPS - 1) * STEP_MS, step: STEP_MS, mean: mean as unknown as GpuSeries['mean'] };
}

/** Returns the spans of the newest trace of the snapshot. */
export function madeTrace({ traces, gpus }: Snapshot): Trace {
  const head = traces.at(-1);
  if (head === undefined) throw new Error('the snapshot has no trace');
  const span = (id: string, parent: string, name: string, from: number, to: number, more: object = {}) => ({
    id,
    parent,
    name,
    kind: 'internal' as const,
    service: 'api',
    start: head.start + from,
    ms: to - from,
    status: 'unset' as const,
    attributes: {},
    events: [],
    ...more,
  });
  return {
    head,
    dropped: 0,
    spans: [
      span('s1', '', head.name, 0, 3420, { status: 'error', kind: 'server', statusMessage: head.error }),
      span('s2', 's1', 'pool.checkout', 12, 64),
      span('s3', 's1', 'retrieve', 104, 612),
      span('s4', 's3', 'embed.query', 110, 298, { device: 'cuda:0', joules: 41, peakMemory: 3214 }),
      span('s5', 's3', 'rerank', 302, 606, { device: 'cuda:1', joules: 96, peakMemory: 8902 }),
      span('s6', 's1', 'llm.generate', 615, 3404, { status: 'error', device: 'cuda:1', joules: 1486 }),
      span('s7', 's6', 'prefill', 622, 1480, { device: 'cuda:1', joules: 551 }),
      span('s8', 's6', 'decode', 1482, 3390, {
        device: 'cuda:1',
        status: 'error',
        joules: 921,
        peakMemory: 80_218,
        attributes: { 'snakepit.worker.id': 'w-3' },
        events: [{ ts: head.start + 3371, name: 'snakepit.error.oom', attributes: { requested_mb: 2499 } }],
      }),
    ],
    gpus: Object.fromEntries(gpus.map(({ device, series }) => [device, series])),
  };
}

/** Returns GPUs of a large host. */
export const manyGpus = (now: number, count: number): Snapshot['gpus'] =>
  Array.from({ length: count }, (_, index) => ({ ...busyGpu(now), device: `cuda:${index}` }));
