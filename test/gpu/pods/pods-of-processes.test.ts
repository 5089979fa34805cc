// From the processes of a sample and made /proc trees to the host's exporters.
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PodAttribution } from '../../../src/gpu/pods/pod-attribution.js';
import { SamplePublisher } from '../../../src/gpu/sample-publisher.js';
import { NvmlSource } from '../../../src/gpu/sources/nvml/nvml-source.js';
import { execute } from '../../../src/index.js';
import { fakeContainer, fakeHostRoot } from '../../fakes/host-root.js';
import { type FakeKubelet, fakeKubelet, fakePod } from '../../fakes/kubelet.js';
import { type FakeGpu, fakeGpu, fakeNvml, noCompiler } from '../../fakes/nvml.js';
import { gpu, sampled } from '../../helpers/fixtures.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const WHOLE = 'GPU-00000000-1111-2222-3333-444444444444';
const SLICED = 'GPU-00000001-1111-2222-3333-444444444444';
const INTERVAL_MS = 5000;
const POLL_MS = 10_000;
const [one, two, three] = [fakeContainer(1), fakeContainer(2), fakeContainer(3)];

let host: Awaited<ReturnType<typeof fakeHostRoot>>;
let kubelet: FakeKubelet;
let publisher: SamplePublisher;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  host = await fakeHostRoot();
  kubelet = await fakeKubelet();
  publisher = new SamplePublisher(new PodAttribution(kubelet.socket, host.root));
});
afterEach(async () => {
  vi.useRealTimers();
  publisher.close();
  await kubelet.remove();
  await host.remove();
});

/** Publishes a sample of one GPU with these processes. */
const publish = (...pids: number[]) =>
  publisher.publish(
    sampled(
      gpu(0, {
        uuid: WHOLE,
        memoryUsedMib: 60,
        memoryTotalMib: 80,
        processes: pids.map((pid) => ({ pid, name: 'python', usedMib: pid })),
      }),
    ),
    'fake',
    INTERVAL_MS,
  );

async function series(exported: ReturnType<typeof instrumentedHost>) {
  const points = (await exported.metric('snakepit.gpu.process.memory.used_mb'))?.dataPoints ?? [];
  return points.map(({ attributes }) => attributes).sort((a, b) => Number(a.pid) - Number(b.pid));
}

const labels = (container: typeof one, pod?: string, namespace = 'ml', name = 'main') => ({
  'k8s.pod.uid': container.podUid,
  'container.id': container.containerId,
  ...(pod !== undefined && {
    'k8s.pod.name': pod,
    'k8s.namespace.name': namespace,
    'k8s.container.name': name,
  }),
});
const process = (pid: number, container: object = {}) => ({
  device: 'cuda:0',
  pid,
  process: 'python',
  ...container,
});

describe('the process of a pod', () => {
  it('has the UID of its pod and the id of its container, if nothing names the pod', async () => {
    const exported = instrumentedHost();
    await host.process(11, one.cgroup);
    await host.process(12, `4:memory:/docker/${two.containerId}`);
    await host.process(13, '0::/system.slice/Xorg.service');
    await publish(11, 12, 13, 14);
    expect(await series(exported)).toEqual([
      process(11, labels(one)),
      process(12, { 'container.id': two.containerId }),
      process(13),
      process(14),
    ]);
  });

  it('has the name of the only pod that holds the GPU', async () => {
    const exported = instrumentedHost();
    kubelet.report(fakePod('train-0', 'nvidia.com/gpu', WHOLE));
    await host.process(11, one.cgroup);
    await host.process(13, '0::/system.slice/Xorg.service');
    const [reading] = await publish(11, 13);
    expect(await series(exported)).toEqual([process(11, labels(one, 'train-0')), process(13)]);
    expect(reading?.processes?.[0]).toEqual({
      pid: 11,
      name: 'python',
      usedMib: 11,
      namespace: 'ml',
      pod: 'train-0',
      container: 'main',
      podUid: one.podUid,
      containerId: one.containerId,
    });
  });

  it('has no name where processes of a second pod are on the GPU of the first', async () => {
    const exported = instrumentedHost();
    kubelet.report(fakePod('train-0', 'nvidia.com/gpu', WHOLE));
    await host.process(11, one.cgroup);
    await host.process(12, two.cgroup);
    await publish(11, 12);
    expect(await series(exported)).toEqual([process(11, labels(one)), process(12, labels(two))]);
  });

  it('has the names of the log of its container on a GPU that pods share', async () => {
    const exported = instrumentedHost();
    kubelet.report(
      fakePod('chat', 'nvidia.com/gpu.shared', `${WHOLE}::0`),
      fakePod('embed', 'nvidia.com/gpu.shared', `${WHOLE}::1`),
    );
    await host.process(11, one.cgroup);
    await host.process(12, two.cgroup);
    await host.log('chat', 'web', 'vllm', one.containerId);
    await host.log('embed', 'search', 'tei', two.containerId);
    await publish(11, 12);
    expect(await series(exported)).toEqual([
      process(11, labels(one, 'chat', 'web', 'vllm')),
      process(12, labels(two, 'embed', 'search', 'tei')),
    ]);
  });

  it('gets the name of its pod once that is known, in place of the series without it', async () => {
    const exported = instrumentedHost();
    await host.process(11, one.cgroup);
    await publish(11);
    kubelet.report(fakePod('train-0', 'nvidia.com/gpu', WHOLE));
    vi.advanceTimersByTime(POLL_MS);
    await publish(11);
    expect(await series(exported)).toEqual([process(11, labels(one, 'train-0'))]);
  });

  it('leaves the series with the sample that lacks it', async () => {
    const exported = instrumentedHost();
    await host.process(11, one.cgroup);
    await host.process(12, two.cgroup);
    await publish(11, 12);
    await publish(12);
    expect(await series(exported)).toEqual([process(12, labels(two))]);
  });

  it('is another one once the process with its ID has started at another time', async () => {
    const exported = instrumentedHost();
    await host.process(11, one.cgroup, 100);
    await publish(11);
    await host.process(11, two.cgroup, 100);
    vi.advanceTimersByTime(POLL_MS);
    await publish(11);
    expect(await series(exported)).toEqual([process(11, labels(one))]);
    await host.process(11, three.cgroup, 9000);
    vi.advanceTimersByTime(POLL_MS);
    await publish(11);
    expect(await series(exported)).toEqual([process(11, labels(three))]);
  });

  it('is on the span event of memory that ran out, among the largest processes', async () => {
    const { tracer, spans } = instrumentedHost();
    await host.process(11, one.cgroup);
    await host.log('chat', 'web', 'vllm', one.containerId);
    await publish(11, 12);
    tracer.startActiveSpan('forward', (span) => {
      execute('snakepit.error.oom', {}, { device: 'cuda:0' });
      span.end();
    });
    expect(spans()[0]?.events[0]?.attributes).toMatchObject({
      'snakepit.gpu.processes.pid': [12, 11],
      'snakepit.gpu.processes.k8s.pod.name': ['', 'chat'],
      'snakepit.gpu.processes.k8s.namespace.name': ['', 'web'],
      'snakepit.gpu.processes.container.id': ['', one.containerId],
    });
  });
});

it('has no container without the process IDs of the host', async () => {
  const exported = instrumentedHost();
  await rename(join(host.root, 'proc/self'), join(host.root, 'proc/hidden'));
  publisher = new SamplePublisher(new PodAttribution(kubelet.socket, host.root));
  await host.process(11, one.cgroup);
  await publish(11);
  expect(await series(exported)).toEqual([process(11)]);
});

it.skipIf(noCompiler)('distinguishes the pods that share a GPU by the processes of the driver', async () => {
  const compute = (pid: number): FakeGpu => ({ compute: [[pid, pid * 2 ** 20]] });
  const nvml = await fakeNvml({
    gpus: [
      fakeGpu(0, compute(11)),
      fakeGpu(1, {
        compute: [
          [12, 2 ** 30],
          [13, 2 ** 29],
        ],
      }),
    ],
  });
  const source = new NvmlSource(nvml.library);
  const exported = instrumentedHost();
  kubelet.report(
    fakePod('train-0', 'nvidia.com/gpu', WHOLE),
    fakePod('chat', 'nvidia.com/gpu.shared', `${SLICED}::0`),
    fakePod('embed', 'nvidia.com/gpu.shared', `${SLICED}::1`),
  );
  for (const [pid, { cgroup }] of [
    [11, one],
    [12, two],
    [13, three],
  ] as const)
    await host.process(pid, cgroup);
  await host.log('chat', 'ml', 'main', two.containerId);
  await publisher.publish(await source.sample(new AbortController().signal), 'nvml', INTERVAL_MS);
  const pods = (await series(exported)).map((each) => [
    each.device,
    each['k8s.pod.name'],
    each['k8s.pod.uid'],
  ]);
  expect(pods).toEqual([
    ['cuda:0', 'train-0', one.podUid],
    ['cuda:1', 'chat', two.podUid],
    ['cuda:1', undefined, three.podUid],
  ]);
  await source.close();
  await nvml.remove();
});
