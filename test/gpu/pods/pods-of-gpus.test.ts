// From a kubelet's socket and the driver's library to the host's exporters. Kubelet and library are fakes; the kubelet's server is
// gRPC's own.
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { execute, GPUProfiler } from '../../../src/index.js';
import { type FakeKubelet, type FakePod, fakeKubelet, fakePod } from '../../fakes/kubelet.js';
import { type FakeNvml, fakeGpu, fakeNvml, noCompiler } from '../../fakes/nvml.js';
import { FakeSource, gpu, sampled } from '../../helpers/fixtures.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const WHOLE = 'GPU-00000000-1111-2222-3333-444444444444';
const SLICED = 'GPU-00000001-1111-2222-3333-444444444444';
const MIG = 'MIG-aaaaaaaa-1111-2222-3333-444444444444';
/** Time after which the kubelet is asked again. */
const POLL_MS = 10_000;

let kubelet: FakeKubelet;
let profiler: GPUProfiler;
const removals: (() => unknown)[] = [];

beforeEach(async () => {
  kubelet = await fakeKubelet();
  // The clock moves on request only: between two calls of the kubelet nothing expires.
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await profiler?.shutdown();
  await kubelet.remove();
  for (const remove of removals.splice(0)) await remove();
});

async function nvmlProfiler(): Promise<FakeNvml> {
  const nvml = await fakeNvml({
    gpus: [
      fakeGpu(0),
      fakeGpu(1),
      fakeGpu(2, {
        migDevices: [{ uuid: MIG, name: 'Fake MIG 1g.10gb', memory: [2 ** 33, 0, 2 ** 32, 2 ** 32] }],
      }),
    ],
  });
  removals.push(() => nvml.remove());
  profiler = new GPUProfiler({
    enabled: false,
    source: 'nvml',
    nvmlLibrary: nvml.library,
    kubeletSocket: kubelet.socket,
  });
  return nvml;
}

/** Takes the sample of the next interval in which the kubelet is asked. */
async function nextPoll() {
  vi.advanceTimersByTime(POLL_MS);
  return profiler.sampleNow();
}

/** Takes samples until an expectation holds: a sample does not wait long for the kubelet. */
const sampleUntil = (expectation: () => Promise<void>) =>
  vi.waitFor(
    async () => {
      await profiler.sampleNow();
      await expectation();
    },
    { timeout: 10_000, interval: 20 },
  );

type Host = ReturnType<typeof instrumentedHost>;
/** Returns namespace, pod and container of each series, by the device. */
async function podsOf(host: Host, metric = 'snakepit.gpu.memory.used_mb', key = 'device') {
  const points = (await host.metric(metric))?.dataPoints ?? [];
  return points
    .map(({ attributes }) =>
      [
        attributes[key],
        attributes['k8s.namespace.name'],
        attributes['k8s.pod.name'],
        attributes['k8s.container.name'],
      ].join(' '),
    )
    .sort();
}

describe.skipIf(noCompiler)(
  'three pods, one on a GPU, one on a share of another, one on a MIG device',
  () => {
    const pods: readonly FakePod[] = [
      fakePod('train-0', 'nvidia.com/gpu', WHOLE),
      fakePod('chat', 'nvidia.com/gpu.shared', `${SLICED}::3`),
      { ...fakePod('embed', 'nvidia.com/mig-1g.10gb', MIG), namespace: 'search' },
    ];

    it('are on the series of their devices, under both conventions, from the first sample on', async () => {
      const host = instrumentedHost({ gpuConventions: 'both' });
      kubelet.report(...pods);
      await nvmlProfiler();
      const readings = await profiler.sampleNow();
      const expected = [
        'cuda:0 ml train-0 main',
        'cuda:1 ml chat main',
        'cuda:2   ',
        'cuda:2:0 search embed main',
      ];
      expect(await podsOf(host)).toEqual(expected);
      expect(await podsOf(host, 'hw.gpu.memory.usage', 'hw.id')).toEqual(
        [
          `${WHOLE} ml train-0 main`,
          `${SLICED} ml chat main`,
          'GPU-00000002-1111-2222-3333-444444444444   ',
          `${MIG} search embed main`,
        ].sort(),
      );
      expect(await podsOf(host, 'snakepit.gpu.power.watts')).toEqual(expected.slice(0, 3));
      expect(await podsOf(host, 'snakepit.gpu.pod.info')).toEqual(
        expected.filter((each) => each !== 'cuda:2   '),
      );
      expect(readings[0]?.holders).toEqual([{ namespace: 'ml', pod: 'train-0', container: 'main' }]);
    });

    it('leave the running totals and the identity of a GPU to the GPU', async () => {
      const host = instrumentedHost({ gpuConventions: 'both' });
      kubelet.report(...pods);
      await nvmlProfiler();
      await profiler.sampleNow();
      for (const name of ['snakepit.gpu.energy.joules.total', 'hw.energy', 'snakepit.gpu.info'])
        for (const { attributes } of (await host.metric(name))?.dataPoints ?? [])
          expect(attributes).not.toHaveProperty('k8s.pod.name');
      expect((await host.metric('snakepit.gpu.info'))?.dataPoints).toHaveLength(4);
    });

    it('leave the series within one interval of the kubelet, without a second series of the GPU', async () => {
      const host = instrumentedHost();
      kubelet.report(...pods);
      await nvmlProfiler();
      await profiler.sampleNow();
      kubelet.report(...pods.slice(1));
      await profiler.sampleNow();
      expect(await podsOf(host)).toContain('cuda:0 ml train-0 main');
      await nextPoll();
      expect(await podsOf(host)).toEqual([
        'cuda:0   ',
        'cuda:1 ml chat main',
        'cuda:2   ',
        'cuda:2:0 search embed main',
      ]);
      expect(await podsOf(host, 'snakepit.gpu.pod.info')).toEqual([
        'cuda:1 ml chat main',
        'cuda:2:0 search embed main',
      ]);
      kubelet.report(fakePod('train-1', 'nvidia.com/gpu', WHOLE));
      await nextPoll();
      expect(await podsOf(host)).toEqual(['cuda:0 ml train-1 main', 'cuda:1   ', 'cuda:2   ', 'cuda:2:0   ']);
    });

    it('are found by the instance of a MIG device, as the plugin of GKE names it', async () => {
      const host = instrumentedHost();
      kubelet.report(
        fakePod('train-0', 'nvidia.com/gpu', 'nvidia0'),
        // The fake library numbers instances from 7 on.
        fakePod('embed', 'nvidia.com/gpu', 'nvidia2/gi7'),
        fakePod('other', 'nvidia.com/gpu', 'nvidia2/gi8'),
      );
      await nvmlProfiler();
      await profiler.sampleNow();
      expect(await podsOf(host)).toEqual([
        'cuda:0 ml train-0 main',
        'cuda:1   ',
        'cuda:2   ',
        'cuda:2:0 ml embed main',
      ]);
    });

    it('are asked for once in an interval, however often GPUs are sampled', async () => {
      kubelet.report(...pods);
      await nvmlProfiler();
      for (let i = 0; i < 5; i++) await profiler.sampleNow();
      expect(kubelet.calls()).toBe(1);
    });
  },
);

describe('the pods of a GPU', () => {
  const host = () => instrumentedHost();
  const sampling = (...gpus: Parameters<typeof gpu>[]) => {
    profiler = new GPUProfiler({
      enabled: false,
      source: new FakeSource(() =>
        sampled(...gpus.map(([index, rest]) => gpu(index, { memoryUsedMib: 5, ...rest }))),
      ),
      kubeletSocket: kubelet.socket,
    });
  };

  it('are on its series only where all of them agree, and each has a series for joins', async () => {
    const exported = host();
    kubelet.report(
      fakePod('a', 'nvidia.com/gpu.shared', `${WHOLE}::0`, `${WHOLE}::1`),
      fakePod('b', 'nvidia.com/gpu.shared', `${WHOLE}::2`),
      { name: 'c', namespace: 'ml', containers: { one: [{ ids: [SLICED] }], two: [{ ids: [SLICED] }] } },
    );
    sampling([0, { uuid: WHOLE }], [1, { uuid: SLICED }]);
    await profiler.sampleNow();
    expect(await podsOf(exported)).toEqual(['cuda:0 ml  ', 'cuda:1 ml c ']);
    const each = ['cuda:0 ml a main', 'cuda:0 ml b main', 'cuda:1 ml c one', 'cuda:1 ml c two'];
    expect(await podsOf(exported, 'snakepit.gpu.pod.info')).toEqual(each);

    kubelet.report(fakePod('b', 'nvidia.com/gpu.shared', `${WHOLE}::2`));
    await nextPoll();
    expect(await podsOf(exported)).toEqual(['cuda:0 ml b main', 'cuda:1   ']);
    expect(await podsOf(exported, 'snakepit.gpu.pod.info')).toEqual(['cuda:0 ml b main']);
  });

  it('are on the span event of memory that ran out', async () => {
    const { tracer, spans } = host();
    kubelet.report(fakePod('train-0', 'nvidia.com/gpu', WHOLE));
    sampling([0, { uuid: WHOLE, memoryTotalMib: 10 }]);
    await profiler.sampleNow();
    tracer.startActiveSpan('forward', (span) => {
      execute('snakepit.error.oom', {}, { device: 'cuda:0' });
      span.end();
    });
    expect(spans()[0]?.events[0]?.attributes).toMatchObject({
      'snakepit.gpu.memory.used_mb': 5,
      'k8s.namespace.name': 'ml',
      'k8s.pod.name': 'train-0',
    });
  });

  it('are known for a thousand pods, with few series for GPUs', async () => {
    const exported = host();
    const others = Array.from(
      { length: 1000 },
      (_, i): FakePod => ({
        name: `web-${i}`,
        containers: { nginx: [], proxy: [{ resource: 'rdma/hca', ids: [`mlx5_${i}`] }] },
      }),
    );
    kubelet.report(...others, fakePod('train-0', 'nvidia.com/gpu', WHOLE), ...others);
    sampling([0, { uuid: WHOLE }]);
    await sampleUntil(async () => expect(await podsOf(exported)).toEqual(['cuda:0 ml train-0 main']));

    const sharing = Array.from({ length: 1000 }, (_, i) =>
      fakePod(`share-${i}`, 'nvidia.com/gpu', `${WHOLE}::${i}`),
    );
    kubelet.report(...sharing);
    vi.advanceTimersByTime(POLL_MS);
    await sampleUntil(async () => expect(await podsOf(exported)).toEqual(['cuda:0 ml  ']));
    expect(await podsOf(exported, 'snakepit.gpu.pod.info')).toHaveLength(256);
  });

  it('stay while the kubelet restarts, and go once it has failed three times', async () => {
    const exported = host();
    kubelet.report(fakePod('train-0', 'nvidia.com/gpu', WHOLE));
    sampling([0, { uuid: WHOLE }]);
    await profiler.sampleNow();
    await kubelet.stop();
    await nextPoll();
    kubelet.fail();
    await kubelet.start();
    await nextPoll();
    expect(await podsOf(exported)).toEqual(['cuda:0 ml train-0 main']);
    kubelet.report(fakePod('train-1', 'nvidia.com/gpu', WHOLE));
    await nextPoll();
    expect(await podsOf(exported)).toEqual(['cuda:0 ml train-1 main']);

    kubelet.fail();
    await nextPoll();
    await nextPoll();
    expect(await podsOf(exported)).toEqual(['cuda:0 ml train-1 main']);
    await nextPoll();
    expect(await podsOf(exported)).toEqual(['cuda:0   ']);
  });

  it('hold up neither samples nor the end, if the kubelet does not answer', async () => {
    kubelet.hang();
    sampling([0, { uuid: WHOLE }]);
    vi.useRealTimers();
    const startedAt = performance.now();
    await profiler.sampleNow();
    await profiler.sampleNow();
    await profiler.shutdown();
    // Far less than the time limit of a call.
    expect(performance.now() - startedAt).toBeLessThan(2500);
    expect(kubelet.calls()).toBe(1);
  });

  it('are absent where a socket is not the kubelet’s, or where its answer makes no sense', async () => {
    const exported = host();
    const answers: (string | Buffer | undefined)[] = [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      Buffer.alloc(100_000, 0xff),
      undefined,
    ];
    await kubelet.stop();
    sampling([0, { uuid: WHOLE }]);
    for (const answer of answers) {
      const server = await listen(kubelet.socket, answer);
      await nextPoll();
      await new Promise((resolve) => server.close(resolve));
    }
    await kubelet.start();
    // A length beyond the end, a number without an end, a wire type that does not exist.
    for (const message of ['0a7f61', 'ffffffffffffffffffffff', '0f']) {
      kubelet.reportBytes(Buffer.from(message, 'hex'));
      await nextPoll();
    }
    expect(kubelet.calls()).toBe(3);
    expect(await podsOf(exported)).toEqual(['cuda:0   ']);
    expect(profiler.getStats()).toMatchObject({ sampleCount: answers.length + 3, failedSamples: 0 });
  });

  it('are not asked for if the socket is set to none', async () => {
    kubelet.report(fakePod('train-0', 'nvidia.com/gpu', WHOLE));
    profiler = new GPUProfiler({
      enabled: false,
      source: new FakeSource(() => sampled(gpu(0, { uuid: WHOLE }))),
      kubeletSocket: 'none',
    });
    const [reading] = await profiler.sampleNow();
    expect(reading?.holders).toBeUndefined();
    expect(kubelet.calls()).toBe(0);
  });
});

/** Listens on a socket, and answers every connection with the same bytes; without bytes, ends it. */
async function listen(path: string, answer: string | Buffer | undefined): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {});
    if (answer === undefined) socket.end();
    else socket.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
