// Made data for pictures of the live page: no GPU was read. Shapes are those of
// `snakepit-otel/src/page/contract.ts`; numbers come from a fixed seed, so that pictures are reproducible.

export const RANGES = { '5m': 300_000, '15m': 900_000, '1h': 3_600_000 };
const STEPS = { '5m': 1000, '15m': 2000, '1h': 5000 };
const METRICS = ['memory', 'utilization', 'power', 'temperature', 'clock', 'throttle'];
const LIMIT_MIB = 81_559;
const OOM_AGE = 41_000;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Returns numbers from 0 to 1, always the same. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Value of a GPU at a time, `age` ms before the picture. */
const PROFILES = [
  function train(age, noise, period) {
    const isRunning = age < 720_000 || age > 900_000;
    const ramp =
      isRunning && age <= 720_000 ? Math.min(1, ((720_000 - age) / 40_000) ** 0.6) : Number(age > 900_000);
    const isSaving = isRunning && (age / 1000 + 30) % period < 9;
    const utilization = isRunning
      ? Math.min(1, 0.93 + noise() * 0.08 - (isSaving ? 0.34 : 0))
      : 0.06 + noise() * 0.04;
    const power = isRunning ? Math.min(700, 668 + noise() * 26 - (isSaving ? 210 : 0)) : 118 + noise() * 8;
    const warm = isRunning && age <= 720_000 ? 1 - Math.exp(-(720_000 - age) / 120_000) : Number(isRunning);
    return {
      utilization,
      power,
      temperature: 41 + 31 * warm + noise(),
      clock: isRunning ? 1605 : 1980,
      throttle: Number(age < 240_000),
      processes: [58_120 * ramp, 3214],
    };
  },
  function leak(age, noise, period) {
    const isAlive = age > OOM_AGE;
    const grown = isAlive && age < 700_000 ? ((700_000 - age) / (700_000 - OOM_AGE)) ** 1.7 : 0;
    const burst = isAlive && (age / 1000) % period < 22 ? 900 : 0;
    const isWaiting = (age / 1000) % period > 44;
    return {
      utilization: isAlive
        ? Math.min(1, 0.78 + noise() * 0.2 - (isWaiting ? 0.28 : 0))
        : 0.03 + noise() * 0.02,
      power: isAlive ? 468 + noise() * 60 - (isWaiting ? 140 : 0) : 121 + noise() * 6,
      temperature: (isAlive ? 63 : 48 + 15 * Math.exp(-(OOM_AGE - age) / 22_000)) + noise(),
      clock: 1980,
      throttle: 0,
      processes: [isAlive ? 41_200 + 26_486 * grown + burst : 0, 8902, 3214],
    };
  },
];

function processesOf(profile, index, now, values) {
  const base = 48_000 + index * 41;
  const list =
    profile === 0
      ? [
          { pid: base + 211, command: 'python3 train.py', pod: `trainer-${index}`, namespace: 'ml' },
          { pid: base + 977, command: 'python3 worker.py', pool: 'embed', worker: 'w-1' },
        ]
      : [
          {
            pid: base + 3261,
            command: 'python3 worker.py',
            pool: 'llm',
            worker: 'w-3',
            goneAt: now - OOM_AGE,
          },
          { pid: base + 2079, command: 'python3 worker.py', pool: 'rerank', worker: 'w-4' },
          { pid: base + 980, command: 'python3 worker.py', pool: 'embed', worker: 'w-2' },
        ];
  return list.map((process, position) =>
    process.goneAt === undefined ? { ...process, memory: Math.round(values.processes[position]) } : process,
  );
}

/** One GPU of the made host: its history, and its next samples. */
export class MadeGpu {
  constructor(index, start) {
    this.index = index;
    this.device = `cuda:${index}`;
    this.profile = index % 2;
    this.start = start;
    this.random = random(index + 7);
  }

  sample(ts) {
    const noise = () => (this.random() - 0.5) * 1.4;
    // After the picture, the last minute before its error is repeated, but for the pair in the picture.
    const after = Math.max(0, ts - this.start);
    const isPictured = this.index < 2;
    const age = isPictured ? this.start - ts : ((this.start - ts + after) % 700_000) + 60_000;
    const shifted = isPictured && after > 0 ? Math.max(0, 1000 - after) : age;
    const values = PROFILES[this.profile](shifted, noise, 60 + (this.index % 5) * 20);
    const memory = values.processes.reduce((sum, value) => sum + value, 420);
    return { ...values, memory: Math.min(memory, 80_218) };
  }

  row(ts) {
    const values = this.sample(ts);
    return {
      values: METRICS.map((metric) => round(values[metric])),
      processes: processesOf(this.profile, this.index, this.start, values),
    };
  }

  snapshot(range, now) {
    const step = STEPS[range];
    const count = RANGES[range] / step;
    const from = now - RANGES[range] + step;
    const samples = Array.from({ length: count }, (_, position) => this.sample(from + position * step));
    const column = (metric, spread) => samples.map((values) => round(values[metric] * spread));
    const columns = (spread) =>
      Object.fromEntries(
        METRICS.map((metric) => [
          metric,
          column(metric, metric === 'utilization' || metric === 'power' ? spread : 1),
        ]),
      );
    const last = samples.at(-1);
    const processes = processesOf(this.profile, this.index, this.start, last);
    return {
      device: this.device,
      name: 'NVIDIA H100 80GB HBM3',
      uuid: `GPU-5f1c0000-0000-4000-8000-00000000000${this.index % 10}`,
      vendor: 'nvidia',
      driverVersion: '570.86.15',
      memoryLimit: LIMIT_MIB,
      powerLimit: 700,
      slowdownTemperature: 87,
      throttleReasons: this.index === 0 ? ['sw_power_cap'] : [],
      lastSeen: now,
      isLost: false,
      processes,
      series: {
        from,
        step,
        mean: columns(1),
        ...(step > 1000 && { min: columns(0.94), max: columns(1.03) }),
      },
      processSeries: processes.map(({ pid }, position) => ({
        pid,
        memory: samples.map(({ processes: held }) =>
          held[position] > 0 ? Math.round(held[position]) : null,
        ),
      })),
    };
  }
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}

const SPANS = [
  [0, 'POST /v1/generate', 'server', 0, 3420, 1655, 80_218, true],
  [1, 'snakepit.pool.checkout', 'internal', 12, 64],
  [1, 'retrieve', 'internal', 104, 612, 137, 8902],
  [2, 'snakepit.python.embed.query', 'internal', 110, 298, 41, 3214],
  [2, 'snakepit.python.rerank', 'internal', 302, 606, 96, 8902],
  [1, 'llm.generate', 'internal', 615, 3404, 1486, 80_218, true],
  [2, 'snakepit.python.prefill', 'internal', 622, 1480, 551, 72_940],
  [2, 'snakepit.python.decode', 'internal', 1482, 3390, 921, 80_218, true],
];

/** The trace of the picture, whose decoder runs out of memory. */
export function madeTrace(now) {
  const start = now - OOM_AGE - 3371;
  const parents = [];
  const spans = SPANS.map(([depth, name, kind, from, to, joules, peakMemory, isError], index) => {
    const id = `00f067aa0ba902${(index + 16).toString(16)}`;
    parents[depth] = id;
    const isDecode = name.endsWith('decode');
    return {
      id,
      parent: depth === 0 ? '' : parents[depth - 1],
      name,
      kind,
      service: name.startsWith('snakepit.python') ? 'llm-worker' : 'gateway',
      start: start + from,
      ms: to - from,
      status: isError ? 'error' : 'unset',
      ...(isDecode && { statusMessage: 'CUDA out of memory. Tried to allocate 2.44 GiB.' }),
      attributes: {
        'snakepit.pool': 'llm',
        ...(depth === 2 && { 'snakepit.worker_id': 'w-3', 'gen_ai.request.model': 'llama-70b' }),
      },
      events: isDecode
        ? [
            {
              ts: start + 3371,
              name: 'snakepit.error.oom',
              attributes: { 'exception.type': 'torch.OutOfMemoryError', requested_mb: 2499 },
            },
          ]
        : name === 'llm.generate'
          ? [
              {
                ts: start + 3401,
                name: 'snakepit.circuit_breaker.opened',
                attributes: { pool: 'llm', failures: 5 },
              },
            ]
          : [],
      ...(joules !== undefined && { device: 'cuda:1', joules, peakMemory }),
    };
  });
  const noise = random(3);
  const samples = Array.from({ length: 171 }, (_, index) => laneSample(index * 20, noise));
  const mean = Object.fromEntries(
    METRICS.map((metric) => [metric, samples.map((sample) => sample[metric] ?? null)]),
  );
  return { head: madeHead(now), spans, dropped: 0, gpus: { 'cuda:1': { from: start, step: 20, mean } } };
}

function laneSample(ms, noise) {
  const wave = (noise() - 0.5) * 24;
  if (ms < 302) return { memory: 71_900, power: 150 + wave };
  if (ms < 615) return { memory: 71_900, power: 330 + wave };
  if (ms < 1480) return { memory: 71_900 + 4200 * ((ms - 615) / 865) ** 0.5, power: 640 + wave };
  if (ms < 3371) return { memory: 76_100 + 4118 * ((ms - 1480) / 1891) ** 1.5, power: 486 + wave * 1.6 };
  return { memory: ms < 3395 ? 80_218 : 12_116, power: 150 };
}

function madeHead(now) {
  return {
    id: TRACE,
    name: 'POST /v1/generate',
    start: now - OOM_AGE - 3371,
    ms: 3420,
    spans: SPANS.length,
    status: 'error',
    error: 'CUDA out of memory. Tried to allocate 2.44 GiB.',
    devices: ['cuda:1'],
    joules: 1655,
    peakMemory: 80_218,
    services: ['gateway', 'llm-worker'],
  };
}

const KINDS = [
  ['POST /v1/embed', 188, 39, 3214],
  ['POST /v1/generate', 3102, 1498, 78_120],
  ['POST /v1/rerank', 336, 104, 8902],
  ['train.step', 412, 264, 58_120],
  ['POST /v1/generate', 2984, 1452, 78_902],
];

/** Heads of traces, the oldest first; the last one is that of the picture. */
export function madeHeads(now, count) {
  const next = random(11);
  const heads = Array.from({ length: Math.max(0, count - 1) }, (_, index) => {
    const [name, ms, joules, peakMemory] = KINDS[Math.floor(next() * KINDS.length)];
    const factor = 0.8 + next() * 0.5;
    const isError = next() < 0.03;
    return {
      id: (BigInt(index + 1) * 0x9e3779b97f4a7c15n).toString(16).padStart(32, '0').slice(-32),
      name,
      start: now - 45_000 - (count - index) * 2600 - ms * factor,
      ms: Math.round(isError ? 5011 : ms * factor),
      spans: 4 + Math.floor(next() * 8),
      status: isError ? 'error' : 'ok',
      ...(isError && { error: 'Timed out after 5000 ms' }),
      devices: ['cuda:1'],
      joules: Math.round(joules * factor),
      peakMemory,
      services: ['gateway', 'llm-worker'],
    };
  });
  return [...heads, madeHead(now)];
}

/** A trace with many spans, for measurements. */
export function largeTrace(now, count) {
  const start = now - 60_000;
  const spans = [];
  for (let index = 0; index < count; index += 1) {
    const parent = index === 0 ? '' : `${Math.floor((index - 1) / 4)}`;
    spans.push({
      id: index.toString(16).padStart(16, '0'),
      parent: parent === '' ? '' : Number(parent).toString(16).padStart(16, '0'),
      name: index % 3 === 0 ? `snakepit.python.step_${index}` : `step ${index}`,
      kind: 'internal',
      service: 'gateway',
      start: start + (index * 50_000) / count,
      ms: 200 + (index % 40) * 20,
      status: index % 97 === 0 && index > 0 ? 'error' : 'unset',
      attributes: { index },
      events:
        index % 50 === 0
          ? [{ ts: start + (index * 50_000) / count + 50, name: 'snakepit.worker.exited', attributes: {} }]
          : [],
    });
  }
  const head = {
    ...madeHead(now),
    id: 'f'.repeat(32),
    name: 'batch',
    start,
    ms: 52_000,
    spans: count,
    status: 'ok',
    error: undefined,
  };
  return { head, spans, dropped: 0, gpus: {} };
}

export function madeErrors(now) {
  return [
    {
      id: 'timeout-1',
      ts: now - 312_000,
      kind: 'timeout',
      type: 'snakepit.TimeoutError',
      message: 'Worker w-3 did not answer within 5000 ms',
      count: 5,
      firstSeen: now - 840_000,
      pool: 'llm',
      worker: 'w-3',
    },
    {
      id: 'oom-1',
      ts: now - OOM_AGE,
      kind: 'oom',
      type: 'torch.OutOfMemoryError',
      message:
        'CUDA out of memory. Tried to allocate 2.44 GiB. GPU 1 has a total capacity of 79.65 GiB of which 1.31 GiB is free.',
      count: 1,
      firstSeen: now - OOM_AGE,
      device: 'cuda:1',
      pool: 'llm',
      worker: 'w-3',
      place: 'decode',
      trace: TRACE,
      span: '00f067aa0ba90217',
    },
  ];
}

export function madeErrorDetail(now, id) {
  const head = madeErrors(now).find((error) => error.id === id);
  if (head === undefined) return undefined;
  if (id !== 'oom-1')
    return { head, occurrences: [head.ts], attributes: { 'snakepit.pool': 'llm', timeout_ms: 5000 } };
  return {
    head,
    occurrences: [head.ts],
    traceback: `Traceback (most recent call last):\n  File "/srv/llm/worker.py", line 212, in decode\n    logits = self.model(tokens, cache=self.cache)\n  File "/srv/llm/model.py", line 88, in forward\n    scores = torch.softmax(query @ key.transpose(-2, -1), dim=-1)\n${head.type}: ${head.message}`,
    attributes: { 'exception.type': head.type, 'snakepit.pool': 'llm', 'gpu.device': 'cuda:1' },
    oom: {
      requested: 2499,
      free: 1341,
      total: LIMIT_MIB,
      allocated: 61_338,
      reservedUnused: 6349,
      processes: [
        { pid: 51_302, command: 'python3 worker.py', pool: 'llm', worker: 'w-3', memory: 67_686 },
        { pid: 50_120, command: 'python3 worker.py', pool: 'rerank', worker: 'w-4', memory: 8902 },
        { pid: 48_980, command: 'python3 worker.py', pool: 'embed', worker: 'w-2', memory: 3214 },
      ],
    },
  };
}

export function madeEvents(now, count = 60) {
  const newest = [
    [3000, 'info', 'snakepit.worker.started', 'Worker started in pool=llm: w-5, pid 52011'],
    [
      38_094,
      'warn',
      'snakepit.circuit_breaker.opened',
      'Circuit breaker opened in pool=llm after 5 failures in 60 s',
    ],
    [40_598, 'error', 'snakepit.worker.exited', 'Worker exited in pool=llm: w-3, signal 9'],
    [
      OOM_AGE,
      'error',
      'snakepit.error.oom',
      'Out of memory on cuda:1 in decode: requested 2.44 GiB, free 1.31 GiB',
      TRACE,
    ],
    [89_000, 'warn', 'snakepit.circuit_breaker.half_open', 'Circuit breaker half-open in pool=rerank'],
    [239_560, 'warn', 'snakepit.gpu.throttle.sampled', 'GPU cuda:0 throttled: sw_power_cap'],
    [292_000, 'info', 'snakepit.hardware.detect.stop', 'Hardware detected: cuda, 2 devices, 38 ms'],
  ].map(([age, level, name, text, trace]) => ({
    ts: now - age,
    level,
    name,
    text,
    ...(trace && { trace, span: '00f067aa0ba90217' }),
    attributes: { pool: 'llm' },
  }));
  const older = Array.from({ length: Math.max(0, count - newest.length) }, (_, index) => ({
    ts: now - 300_000 - index * 4100,
    level: 'info',
    name: 'snakepit.request.executed',
    text: `Request executed in pool=${['embed', 'rerank', 'llm'][index % 3]} in ${120 + ((index * 37) % 400)} ms`,
    attributes: { pool: ['embed', 'rerank', 'llm'][index % 3], worker_id: `w-${index % 5}` },
  }));
  return [...newest, ...older].reverse();
}

export function madeBreakers(now) {
  const transition = (age, state) => ({ ts: now - age, state });
  return [
    {
      name: 'llm',
      state: 'open',
      since: now - 38_000,
      rejected: 31,
      failures: 5,
      successes: 211,
      transitions: [
        transition(3_600_000, 'closed'),
        transition(268_000, 'open'),
        transition(236_000, 'half_open'),
        transition(229_000, 'closed'),
        transition(38_000, 'open'),
      ],
    },
    {
      name: 'rerank',
      state: 'half_open',
      since: now - 29_000,
      rejected: 4,
      failures: 3,
      successes: 1,
      transitions: [
        transition(3_600_000, 'closed'),
        transition(90_000, 'open'),
        transition(29_000, 'half_open'),
      ],
    },
    {
      name: 'embed',
      state: 'closed',
      since: now - 3_600_000,
      rejected: 0,
      failures: 0,
      successes: 4021,
      transitions: [transition(3_600_000, 'closed')],
    },
  ];
}

export function madePools(now) {
  return [
    {
      name: 'llm',
      workers: 2,
      busy: 2,
      queued: 7,
      oldestQueuedMs: 39_000,
      requests: 1204,
      errors: 6,
      retries: 12,
      restarts: 1,
      lastEvent: now,
    },
    {
      name: 'rerank',
      workers: 1,
      busy: 1,
      queued: 1,
      oldestQueuedMs: 300,
      requests: 2210,
      errors: 3,
      retries: 2,
      restarts: 0,
      lastEvent: now,
    },
    {
      name: 'embed',
      workers: 2,
      busy: 1,
      queued: 0,
      requests: 9066,
      errors: 0,
      retries: 0,
      restarts: 0,
      lastEvent: now,
    },
  ];
}

export function madeDelivery(now) {
  return [
    {
      exporter: 'otlp',
      signal: 'traces',
      address: 'http://127.0.0.1:4318/v1/traces',
      state: 'ok',
      lastSuccess: now - 2000,
      sent: 12_480,
      lost: 0,
      queued: 0,
    },
    {
      exporter: 'prometheus',
      signal: 'metrics',
      address: 'http://127.0.0.1:9464/metrics',
      state: 'ok',
      lastSuccess: now - 4000,
      sent: 212,
      lost: 0,
      queued: 0,
    },
    {
      exporter: 'otlp',
      signal: 'logs',
      address: 'http://127.0.0.1:4318/v1/logs',
      state: 'failing',
      lastSuccess: now - 31_000,
      sent: 3120,
      lost: 0,
      queued: 214,
      lastError: 'connection refused: nothing listens on 127.0.0.1:4318',
    },
  ];
}

export function madeProblems(now) {
  return [
    {
      id: 'oom',
      severity: 'error',
      title: 'Out of memory on cuda:1',
      cause: 'w-3 requested 2.44 GiB in decode; 1.31 GiB was free.',
      since: now - OOM_AGE,
      link: '#/error/oom-1',
    },
    {
      id: 'breaker',
      severity: 'error',
      title: 'Breaker llm is open',
      cause: '5 failures, 31 calls rejected.',
      since: now - 38_000,
      link: '#/breaker/llm',
    },
    {
      id: 'throttle',
      severity: 'warning',
      title: 'cuda:0 is power-capped',
      cause: 'Clocks held at 1,605 of 1,980 MHz to stay under 700 W.',
      since: now - 240_000,
      link: '#/gpu/cuda:0',
    },
  ];
}

export function madeHost(now, isEmpty) {
  return {
    name: 'gpu-node-07',
    version: '0.1.0',
    platform: 'linux x64',
    pid: 4711,
    startedAt: now - 8_040_000,
    serviceName: 'gateway',
    gpuIntervalMs: 1000,
    samplesGpus: true,
    includesSensitive: true,
    sources: isEmpty
      ? [
          {
            name: 'NVML',
            state: 'unavailable',
            cause: 'libnvidia-ml.so.1 is not on this host',
            remedy: 'In a container, start it with --gpus all.',
          },
          { name: 'nvidia-smi', state: 'unavailable', cause: 'not on PATH' },
          { name: 'amdgpu', state: 'unavailable', cause: 'no such device' },
        ]
      : [{ name: 'NVML', state: 'selected' }],
    addresses: [
      { kind: 'unix', address: '/run/snakepit-otel/events.sock' },
      { kind: 'http', address: '127.0.0.1:4319' },
      { kind: 'prometheus', address: 'http://127.0.0.1:9464/metrics' },
    ],
    ...(!isEmpty && { jaegerUrl: 'http://127.0.0.1:16686', grafanaUrl: 'http://127.0.0.1:3000' }),
  };
}
