// Compares a sample of eight GPUs, published and recorded, whose pods and containers are known with one where none are.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { completeSample } from '../../dist/esm/gpu/complete-sample.js';
import { PodAttribution } from '../../dist/esm/gpu/pods/pod-attribution.js';
import { SamplePublisher } from '../../dist/esm/gpu/sample-publisher.js';
import { NvmlSource } from '../../dist/esm/gpu/sources/nvml/nvml-source.js';
import { compareCost, report } from '../compare.mjs';
import { fakeNvml } from '../fake-nvml.mjs';

const GPUS = 8;
const CALLS = 2000;
/** The process that the fake NVML lists on each GPU. */
const PID = 4711;
const root = mkdtempSync(join(tmpdir(), 'bench-pods-'));
process.once('exit', () => rmSync(root, { recursive: true, force: true }));

mkdirSync(join(root, 'proc/self/ns'), { recursive: true });
symlinkSync('pid:[4026531836]', join(root, 'proc/self/ns/pid'));
mkdirSync(join(root, 'proc', `${PID}`));
writeFileSync(join(root, 'proc', `${PID}`, 'stat'), `${PID} (python3) S ${'0 '.repeat(18)}100 0`);
writeFileSync(
  join(root, 'proc', `${PID}`, 'cgroup'),
  `0::/kubepods.slice/kubepods-pod0f8fad5b_d9cb_469f_a165_70867728950e.slice/cri-containerd-${'ab12'.repeat(16)}.scope\n`,
);

/** A field of a protobuf message. */
const field = (number, value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
};
const pods = Array.from({ length: GPUS }, (_, i) => {
  const id = `GPU-${String(i).padStart(8, '0')}-1111-2222-3333-444444444444`;
  const devices = Buffer.concat([field(1, 'nvidia.com/gpu'), field(2, id)]);
  const container = Buffer.concat([field(1, 'main'), field(2, devices)]);
  return field(1, Buffer.concat([field(1, `train-${i}`), field(2, 'ml'), field(3, container)]));
});
const message = Buffer.concat(pods);
const prefix = Buffer.alloc(5);
prefix.writeUInt32BE(message.length, 1);
const kubelet = createServer();
kubelet.on('stream', (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([prefix, message]));
});
const socket = join(root, 'kubelet.sock');
await new Promise((resolve) => kubelet.listen(socket, resolve));

const meterProvider = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(1),
      exportIntervalMillis: 3_600_000,
    }),
  ],
});
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
const { signal } = new AbortController();
const sampling = (attribution) => {
  const source = new NvmlSource(fakeNvml(GPUS, '- final 1').library);
  const publisher = new SamplePublisher(attribution);
  return {
    take: async () => publisher.publish(completeSample(await source.sample(signal)), 'nvml', 5000),
    close: () => {
      publisher.close();
      return source.close();
    },
  };
};
const unknown = sampling(new PodAttribution(undefined, join(root, 'empty')));
const known = sampling(new PodAttribution(socket, root));
const [reading] = await known.take();
if (reading.holders?.length !== 1 || reading.processes[0].pod !== 'train-0')
  throw new Error('pods are unknown');
const { cpu, elapsed } = await compareCost(
  { 'pods unknown': unknown.take, 'pods known': known.take },
  { calls: { 'pods unknown': CALLS, 'pods known': CALLS } },
);
await Promise.all([unknown.close(), known.close(), meterProvider.shutdown()]);
kubelet.close();
const [baseline, ours] = ['pods unknown', 'pods known'];
report([
  { title: 'sample of 8 GPUs with their pods: CPU time', target: 1.1, baseline, ours, times: cpu },
  { title: 'sample of 8 GPUs with their pods: elapsed time', baseline, ours, times: elapsed },
]);
