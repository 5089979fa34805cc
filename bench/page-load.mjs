// Made load for the live page: GPUs, traces, an OOM with processes, a breaker that opens, a lost GPU, a dead exporter.
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resources } from '@opentelemetry/sdk-node';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { execute, GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { publishWireEvent } from 'opentelemetry-instrumentation-snakepit/bridge';
import { Page } from '../snakepit-otel/dist/esm/page/page.js';

const MIB = 1_048_576;
const LIMIT_MIB = 81_559;

/** Starts the page with load. @returns the port, the page, and functions that cause a fault */
export async function startPageDemo({ port = 0, gpus = 2, historySeconds = 900, hasFaults = true } = {}) {
  const startedAt = Date.now();
  const reports = deliveryReports();
  const page = new Page({
    host: '127.0.0.1',
    port,
    allowHosts: [],
    token: undefined,
    assets: new URL('../snakepit-otel/dist/page/', import.meta.url).pathname,
    gpuIntervalMs: 1000,
    includeSensitive: true,
    customEvents: {},
    delivery: () => reports.list(),
    describeHost: () => ({
      name: 'gpu-node-07',
      version: '0.1.0',
      platform: 'linux x64',
      pid: process.pid,
      startedAt,
      serviceName: 'snakepit-demo',
      gpuIntervalMs: 1000,
      samplesGpus: gpus > 0,
      includesSensitive: true,
      sources: [
        {
          name: 'nvml',
          state: gpus > 0 ? 'selected' : 'unavailable',
          cause: gpus > 0 ? undefined : 'libnvidia-ml.so.1 was not found',
          remedy: gpus > 0 ? undefined : 'install the NVIDIA driver',
        },
        {
          name: 'nvidia-smi',
          state: 'unavailable',
          cause: 'nvidia-smi is not in PATH',
          remedy: 'install the NVIDIA driver',
        },
        {
          name: 'amdgpu',
          state: 'unavailable',
          cause: 'no card in /sys/class/drm',
          remedy: 'load the module amdgpu',
        },
      ],
      addresses: [
        { kind: 'unix', address: '/run/snakepit-otel/events.sock' },
        { kind: 'http', address: 'http://127.0.0.1:4319/v1/events' },
        { kind: 'prometheus', address: 'http://127.0.0.1:9464/metrics' },
      ],
      jaegerUrl: 'http://127.0.0.1:16686',
    }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provider = new NodeTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': 'snakepit-demo' }),
    spanProcessors: [page.spans],
  });
  const instrumentation = new SnakepitInstrumentation({ enabled: false, includeSensitive: true });
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();
  const tracer = provider.getTracer('demo');

  const source = new MadeGpus(gpus);
  backfill(page, source, historySeconds);
  const profiler = gpus > 0 ? new GPUProfiler({ intervalMs: 1000, source }) : undefined;
  const timers = [setInterval(() => makeTrace(tracer, source), 700), setInterval(poolStatus, 1000)];
  makeWorkers(gpus);
  for (let i = 0; i < 30; i++) makeTrace(tracer, source, Date.now() - (30 - i) * 7000);
  const faults = {
    oom: () => outOfMemory(tracer, source),
    openBreaker: () => openBreaker(),
    loseGpu: () => source.lose(gpus - 1),
    returnGpu: () => source.lose(undefined),
    killExporter: () => reports.fail(),
    saturate: () => saturate(),
    throttle: () => source.throttle(0),
  };
  if (hasFaults) {
    const scenes = [
      [2, faults.throttle],
      [4, faults.oom],
      [6, faults.openBreaker],
      [8, faults.saturate],
      [10, faults.killExporter],
      [20, () => gpus > 1 && faults.loseGpu()],
      [50, () => execute('snakepit.circuit_breaker.half_open', {}, { pool: 'llm' })],
      [55, () => execute('snakepit.circuit_breaker.closed', {}, { pool: 'llm' })],
      [80, faults.returnGpu],
    ];
    let second = 0;
    timers.push(
      setInterval(() => {
        second = (second + 1) % 120;
        for (const [at, act] of scenes) if (at === second) act();
      }, 1000),
    );
  }
  return {
    port: await page.listen(),
    page,
    tracer,
    source,
    faults,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await profiler?.shutdown();
      instrumentation.disable();
      await provider.shutdown();
      await page.close();
    },
  };
}

/** GPUs whose readings are made from the time. */
class MadeGpus {
  name = 'made';
  #lost;
  #throttled;
  #oomAt = 0;

  constructor(count) {
    this.count = count;
  }

  lose(index) {
    this.#lost = index;
  }

  throttle(index) {
    this.#throttled = this.#throttled === index ? undefined : index;
  }

  oom() {
    this.#oomAt = Date.now();
  }

  async sample() {
    return { readings: this.readings(Date.now()), faults: [] };
  }

  async close() {}

  readings(now) {
    return Array.from({ length: this.count }, (_, index) => this.#reading(index, now)).filter(
      ({ index }) => index !== this.#lost,
    );
  }

  #reading(index, now) {
    const wave = Math.sin(now / 20_000 + index) * 0.5 + 0.5;
    const busy = now % 30_000 < 2500 ? 5 : 55 + 40 * wave;
    const isOom = index === 1 && now - this.#oomAt < 2000;
    const isAfterOom = index === 1 && now - this.#oomAt < 60_000;
    const own = isAfterOom && !isOom ? 0 : Math.round(40_000 + 25_000 * wave);
    const processes = [
      { pid: 48_211 + index * 10, name: 'python3', usedMib: own },
      { pid: 48_977 + index * 10, name: 'python3', usedMib: 3174 },
      { pid: 50_120 + index * 10, name: 'ollama', usedMib: 8910 },
    ].filter(({ usedMib }) => usedMib > 0);
    const used = processes.reduce((sum, { usedMib }) => sum + usedMib, 600);
    return {
      device: `cuda:${index}`,
      index,
      vendor: 'nvidia',
      uuid: `GPU-00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
      name: 'NVIDIA H100 80GB HBM3',
      pciAddress: `0000:${(16 + index).toString(16)}:00.0`,
      driverVersion: '570.86.15',
      memoryUsedMib: isOom ? LIMIT_MIB - 1341 : used,
      memoryTotalMib: LIMIT_MIB,
      memoryFreeMib: LIMIT_MIB - used,
      gpuPercent: Math.round(busy),
      celsius: Math.round(45 + busy / 3),
      watts: Math.round(110 + busy * 5.8),
      limitWatts: 700,
      smClockMhz: this.#throttled === index ? 1605 : 1980,
      throttleReasons: this.#throttled === index ? ['sw_power_cap'] : [],
      processes,
    };
  }
}

/** Fills the history, as if the page had run for some time. */
function backfill({ store }, source, seconds) {
  const now = Date.now();
  const real = Date.now;
  try {
    for (let second = seconds; second > 0; second--) {
      Date.now = () => now - second * 1000;
      for (const reading of source.readings(Date.now())) {
        const metadata = {
          device: reading.device,
          uuid: reading.uuid,
          name: reading.name,
          vendor: reading.vendor,
          pci_address: reading.pciAddress,
          driver_version: reading.driverVersion,
          interval_ms: 1000,
        };
        store.gpus.backfill({ name: '', metadata, measurements: {} }, [
          reading.memoryUsedMib,
          reading.gpuPercent / 100,
          reading.watts,
          reading.celsius,
          reading.smClockMhz,
          0,
        ]);
      }
    }
  } finally {
    Date.now = real;
  }
}

function makeWorkers(gpus) {
  for (const pool of ['llm', 'embed', 'rerank'])
    execute('snakepit.circuit_breaker.state', { state: 0, breakers: 1 }, { pool });
  for (let index = 0; index < Math.max(gpus, 1); index++) {
    for (const [pool, pid] of [
      ['llm', 48_211],
      ['embed', 48_977],
    ]) {
      execute(
        'snakepit.pool.worker.spawned',
        { duration: 2.4e9, system_time: Date.now() * 1e6 },
        {
          pool_name: pool,
          worker_id: `${pool}_worker_${index}`,
          python_pid: pid + index * 10,
          mode: 'process',
        },
      );
    }
  }
}

function poolStatus() {
  for (const [index, pool] of ['llm', 'embed', 'rerank'].entries()) {
    const busy = Math.floor(Math.random() * 3);
    execute(
      'snakepit.pool.status',
      { queue_depth: index === 0 ? 7 : 0, available_workers: 2 - busy, busy_workers: busy, total_workers: 2 },
      { pool_name: pool, node: 'demo' },
    );
  }
}

const ROUTES = ['POST /v1/generate', 'POST /v1/embed', 'POST /v1/rerank', 'train.step'];

/** Makes a trace that ends now. */
function makeTrace(tracer, source, end = Date.now(), failure) {
  const name = failure ? ROUTES[0] : ROUTES[Math.floor(Math.random() * ROUTES.length)];
  const length = failure ? 3420 : 150 + Math.random() * 3000;
  const start = end - length;
  const device =
    source.count > 0
      ? `cuda:${failure && source.count > 1 ? 1 : Math.floor(Math.random() * Math.min(source.count, 2))}`
      : undefined;
  const usage = (part) =>
    device && {
      'snakepit.gpu.device': device,
      'snakepit.gpu.energy.joules': (part * length * 472) / 1000,
      'snakepit.gpu.memory.peak_mb': Math.round(30_000 + 40_000 * part),
    };
  const child = (parent, childName, from, to, part, error) => {
    const span = tracer.startSpan(
      childName,
      { startTime: start + from * length, attributes: { pool: 'llm', ...usage(part) } },
      setSpan(parent),
    );
    if (error) {
      span.addEvent('snakepit.error.oom', { 'snakepit.device': 'cuda:1' }, end);
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'CUDA out of memory' });
    }
    span.end(start + to * length);
    return span;
  };
  const root = tracer.startSpan(name, {
    startTime: start,
    kind: 1,
    attributes: { 'http.request.method': 'POST', 'http.route': name.split(' ')[1] ?? '', ...usage(1) },
  });
  child(root, 'pool.checkout', 0, 0.02, 0.01);
  const retrieve = child(root, 'retrieve', 0.03, 0.18, 0.1);
  child(retrieve, 'embed.query', 0.03, 0.08, 0.04);
  child(retrieve, 'rerank', 0.09, 0.18, 0.06);
  const generate = child(root, 'llm.generate', 0.18, 1, 0.82, failure && 'rethrown');
  child(generate, 'prefill', 0.18, 0.43, 0.33);
  child(generate, 'decode', 0.43, 1, 0.55, failure);
  if (failure) root.setStatus({ code: SpanStatusCode.ERROR, message: 'CUDA out of memory' });
  root.end(end);
  return { root, end };
}

const setSpan = (span) => trace.setSpan(ROOT_CONTEXT, span);

function outOfMemory(tracer, source) {
  source.oom();
  setTimeout(() => {
    const end = Date.now();
    execute(
      'snakepit.error.oom',
      {
        requested_bytes: 2.44 * 1024 * MIB,
        available_bytes: 1.31 * 1024 * MIB,
        total_bytes: LIMIT_MIB * MIB,
        allocated_bytes: 59.9 * 1024 * MIB,
        reserved_unused_bytes: 6.2 * 1024 * MIB,
      },
      {
        device: 'cuda:1',
        memory: 'device',
        operation: 'decode',
        pool: 'llm',
        worker_id: 'llm_worker_1',
        visible_devices: 'all',
        device_order: 'PCI_BUS_ID',
      },
    );
    makeTrace(tracer, source, end, 'oom');
    publishWireEvent({
      event: 'snakepit.error.python_exception',
      measurements: {},
      metadata: {
        type: 'ValueError',
        message: 'prompt has 9120 tokens, the model takes 8192',
        category: 'value',
        operation: 'tokenize',
        worker_id: 'llm_worker_0',
        pool: 'llm',
        traceback:
          'Traceback (most recent call last):\n  File "/app/worker.py", line 88, in generate\n    ids = tokenize(prompt)\n  File "/app/tokens.py", line 12, in tokenize\n    raise ValueError(f"prompt has {n} tokens, the model takes {limit}")\nValueError: prompt has 9120 tokens, the model takes 8192',
      },
      timestamp_ns: String(BigInt(end) * 1_000_000n),
    });
  }, 1500);
}

function openBreaker() {
  for (let i = 0; i < 5; i++)
    execute(
      'snakepit.circuit_breaker.call.failure',
      { duration: 3e9 },
      { pool: 'llm', error: 'TimeoutError' },
    );
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'llm', reason: 'failures' });
  for (let i = 0; i < 31; i++)
    execute('snakepit.circuit_breaker.call.rejected', {}, { pool: 'llm', state: 'open' });
}

function saturate() {
  execute(
    'snakepit.pool.saturated',
    { queue_size: 64, max_queue_size: 64 },
    { pool: 'embed', available_workers: 0, busy_workers: 2 },
  );
}

function deliveryReports() {
  let isFailing = false;
  const startedAt = Date.now();
  return {
    fail() {
      isFailing = !isFailing;
    },
    list() {
      const now = Date.now();
      const seconds = Math.floor((now - startedAt) / 1000);
      return [
        {
          exporter: 'otlp',
          signal: 'traces',
          address: 'http://127.0.0.1:4318/v1/traces',
          state: 'ok',
          lastSuccess: now - (now % 5000),
          sent: 12_480 + seconds * 9,
          lost: 0,
          queued: 12,
        },
        {
          exporter: 'prometheus',
          signal: 'metrics',
          address: 'http://127.0.0.1:9464/metrics',
          state: 'ok',
          lastSuccess: now - (now % 15_000),
          sent: 212 * (1 + Math.floor(seconds / 15)),
          lost: 0,
          queued: 0,
        },
        isFailing
          ? {
              exporter: 'otlp',
              signal: 'logs',
              address: 'http://127.0.0.1:4318/v1/logs',
              state: 'failing',
              lastSuccess: startedAt,
              sent: 940,
              lost: seconds,
              queued: 214,
              lastError: 'connection refused',
            }
          : {
              exporter: 'otlp',
              signal: 'logs',
              address: 'http://127.0.0.1:4318/v1/logs',
              state: 'ok',
              lastSuccess: now - (now % 5000),
              sent: 940 + seconds,
              lost: 0,
              queued: 0,
            },
      ];
    },
  };
}
