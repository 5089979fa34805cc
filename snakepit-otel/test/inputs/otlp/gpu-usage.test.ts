// A Python process on a GPU of a fake driver: its spans get the usage of that GPU, whichever way they come.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchChildProcess } from '../../../../src/index.js';
import { fakeGpu, fakeNvml, GIB, noCompiler } from '../../../../test/fakes/nvml.js';
import { until } from '../../../../test/helpers/fixtures.js';
import { freePort } from '../../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../../test/helpers/otlp-receiver.js';
import { startTelemetry } from '../../../src/index.js';
import { recordNamed } from '../../helpers/inputs.js';
import { spansOf } from './spans-of.js';

// In a container, the fake driver lists the ids of the container.
vi.mock('../../../../src/system/host-namespace.js', () => ({ isInHostPidNamespace: () => true }));

/** Runs a span for each line that it reads, and reports it as an event on stderr and over OTLP. Answers each with a line. */
const PROGRAM = `
import json, os, socket, sys, time, urllib.request
resource = {"process.pid": os.getpid(), "process.parent_pid": os.getppid(), "host.name": socket.gethostname()}
value = lambda v: {"intValue": str(v)} if isinstance(v, int) else {"stringValue": v}
attributes = lambda values: [{"key": k, "value": value(v)} for k, v in values.items()]
emit = lambda event, measurements, at: print("TELEMETRY:" + json.dumps({"event": event, "measurements": measurements,
    "timestamp_ns": at}), file=sys.stderr, flush=True)
print("started", flush=True)
while True:
    port = int(sys.stdin.readline())
    start = time.time_ns()
    emit("inference.start", {"system_time": start}, start)
    print("begun", flush=True)
    sys.stdin.readline()
    end = time.time_ns()
    emit("inference.stop", {"duration": end - start}, end)
    span = {"traceId": "1" * 32, "spanId": "2" * 16, "name": "tool", "startTimeUnixNano": str(start), "endTimeUnixNano": str(end)}
    other = {**resource, "host.name": "other"}
    body = {"resourceSpans": [{"resource": {"attributes": attributes(r)}, "scopeSpans": [{"spans": [s]}]}
        for r, s in [(resource, span), (other, {**span, "name": "tool of another host"})]]}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/traces", json.dumps(body).encode(), {"content-type": "application/json"})
    urllib.request.urlopen(request).read()
`;

function startPython() {
  const child: ChildProcess = spawn('python3', ['-c', PROGRAM], { stdio: 'pipe' });
  onTestFinished(() => void child.kill());
  child.stderr?.resume();
  const lines: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => lines.push(line));
  return { child, lines, write: (line: string) => child.stdin?.write(`${line}\n`) };
}

test.skipIf(noCompiler)(
  'spans of a Python process have the usage of its GPU, from its lines and over OTLP',
  async () => {
    const python = startPython();
    await until(() => python.lines.length === 1);
    const { child } = python;
    const load = [{ from: 0, to: 3600, milliwatts: 100_000 }];
    const nvml = await fakeNvml({
      gpus: [
        fakeGpu(0, { compute: [[1, GIB]] }),
        fakeGpu(1, { compute: [[Number(child.pid), 3 * GIB]], loads: load }),
      ],
    });
    onTestFinished(() => nvml.remove());
    const collector = await httpReceiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
    vi.stubEnv('SNAKEPIT_OTEL_NVML_LIBRARY', nvml.library);
    onTestFinished(() => void vi.unstubAllEnvs());
    const port = await freePort();
    const processes = recordNamed('snakepit.gpu.process.sampled');
    const telemetry = startTelemetry({
      traces: ['otlp'],
      metrics: [],
      logs: [],
      handleSignals: false,
      gpu: true,
      gpuIntervalMs: 100,
      gpuSource: 'nvml',
      inputs: { otlp: { port: Number(port) } },
    });
    onTestFinished(() => telemetry.shutdown());
    await telemetry.ready;
    onTestFinished(watchChildProcess(child));
    const samplesOfChild = () => processes.filter(({ metadata }) => metadata.pid === child.pid).length;
    await until(() => samplesOfChild() > 0);

    python.write(String(port));
    await until(() => python.lines.length === 2);
    const before = samplesOfChild();
    await until(() => samplesOfChild() >= before + 3);
    python.write('end');

    const received = () => collector.exports.flatMap(({ body, contentType }) => read(body, contentType));
    await until(async () => {
      await telemetry.forceFlush();
      return received().length >= 3;
    });
    const spans = new Map(received().map((span) => [span.name, span.attributes]));
    const usage = {
      'snakepit.gpu.device': 'cuda:1',
      'snakepit.gpu.samples': expect.any(Number),
      'snakepit.gpu.memory.peak_mb': 19 * 1024,
      'snakepit.gpu.memory.delta_mb': 0,
      'snakepit.gpu.utilization.mean_percent': 81,
      'snakepit.gpu.utilization.max_percent': 81,
      'snakepit.gpu.energy.joules': expect.any(Number),
    };
    expect(spans.get('tool')).toEqual(usage);
    expect(spans.get('tool of another host')).toEqual({});
    expect(spans.get('snakepit.python.inference')).toEqual(usage);
    for (const name of ['tool', 'snakepit.python.inference']) {
      expect(spans.get(name)?.['snakepit.gpu.samples']).toBeGreaterThanOrEqual(3);
      expect(spans.get(name)?.['snakepit.gpu.energy.joules']).toBeGreaterThan(0);
    }
  },
);

interface ReadSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Reads the spans of a request in either encoding. */
function read(body: Buffer, contentType: string): ReadSpan[] {
  const spans: readonly { name: string; attributes?: Attribute[] }[] = contentType.includes('json')
    ? JSON.parse(body.toString()).resourceSpans.flatMap(
        ({ scopeSpans }: { scopeSpans: { spans: object[] }[] }) => scopeSpans.flatMap(({ spans }) => spans),
      )
    : spansOf(body).map(({ name, rest }) => ({ name, ...(rest as { attributes?: Attribute[] }) }));
  return spans.map(({ name, attributes = [] }) => ({
    name,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)])),
  }));
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const plain = ({ stringValue, boolValue, intValue, doubleValue }: Attribute['value']): unknown =>
  stringValue ?? boolValue ?? Number(intValue ?? doubleValue);
