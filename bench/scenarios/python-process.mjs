// Measures the start and the end of a program with Python's name that does nothing, plain and instrumented, with an SDK that records and
// inside of a request. Python itself takes some 10 ms more.
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { compareCost, report } from '../compare.mjs';

const folder = mkdtempSync(join(tmpdir(), 'snakepit-bench-'));
const program = join(folder, 'python3');
symlinkSync('/bin/true', program);

const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
provider.register();
const plain = ChildProcess.prototype.spawn;
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
const instrumented = ChildProcess.prototype.spawn;
if (instrumented === plain) throw new Error('node:child_process is not instrumented');

const run = (method) => () => {
  ChildProcess.prototype.spawn = method;
  return once(spawn(program, ['score.py'], { stdio: 'ignore' }), 'exit');
};
const { elapsed } = await trace
  .getTracer('bench')
  .startActiveSpan('request', (span) =>
    compareCost(
      { plain: run(plain), instrumented: run(instrumented) },
      { rounds: 41, calls: { plain: 20, instrumented: 20 } },
    ).finally(() => span.end()),
  );
rmSync(folder, { recursive: true });
await provider.shutdown();
report([
  {
    title: 'Python process that does nothing',
    target: 2,
    baseline: 'plain',
    ours: 'instrumented',
    times: elapsed,
  },
]);
