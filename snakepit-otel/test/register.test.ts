import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from '../../test/helpers/child.js';
import { httpReceiver } from '../../test/helpers/otlp-receiver.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Writes an application that emits an event and does not configure telemetry. */
async function application(kind: 'mjs' | 'cjs'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-app-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const entry = join(ROOT, `dist/${kind === 'mjs' ? 'esm' : 'cjs'}/index.js`);
  const load =
    kind === 'mjs' ? `import { execute } from '${entry}';` : `const { execute } = require('${entry}');`;
  const file = join(folder, `app.${kind}`);
  await writeFile(
    file,
    `${load}\nexecute('snakepit.circuit_breaker.closed', {}, { pool: 'default' });\nconsole.log('app ran');\n`,
  );
  return file;
}

const REGISTER = 'snakepit-otel/register';

test.each([
  ['an ES module, with --import', 'mjs', ['--import', REGISTER]],
  ['CommonJS, with -r', 'cjs', ['-r', REGISTER]],
  ['CommonJS, with --import, where both copies of the package are loaded', 'cjs', ['--import', REGISTER]],
  ['an ES module, with --import and -r, started once', 'mjs', ['--import', REGISTER, '-r', REGISTER]],
] as const)('records events of %s', async (_how, kind, args) => {
  const collector = await httpReceiver();
  const env = {
    OTEL_SERVICE_NAME: 'app',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
  const result = await runNode([...args, await application(kind)], { env });
  expect(result).toMatchObject({ code: 0, stdout: 'app ran\n', stderr: '' });
  const points = collector.exports
    .filter(({ signal }) => signal === 'metrics')
    .flatMap(({ body }) => JSON.parse(body.toString()).resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .filter(({ name }) => name === 'snakepit.circuit_breaker.closed.total')
    .flatMap(({ sum }) => sum.dataPoints);
  expect(points.map(({ asDouble, asInt }) => Number(asDouble ?? asInt))).toEqual([1]);
});

test('prints one line for an invalid variable of ours, and the application runs without telemetry', {
  tags: ['H29'],
}, async () => {
  const result = await runNode(['--import', REGISTER, await application('mjs')], {
    env: { SNAKEPIT_OTEL_GPU_SOURCE: 'nvm' },
  });
  expect(result).toMatchObject({ code: 0, stdout: 'app ran\n' });
  expect(result.stderr).toBe(
    'snakepit-otel: Invalid SNAKEPIT_OTEL_GPU_SOURCE: "nvm". Allowed: auto, tegra, nvml, nvidia-smi, amdgpu, intel, apple. ' +
      'Did you mean "nvml"?\n',
  );
});

test('startTelemetry() beside register gives one line, and everything is recorded once', async () => {
  const collector = await httpReceiver();
  const program = `
    import { span } from 'opentelemetry-instrumentation-snakepit';
    import { startTelemetry } from 'snakepit-otel';
    const telemetry = startTelemetry({ serviceName: 'in-code' });
    span('myapp.operation', {}, () => 1);
    await telemetry.shutdown();`;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const result = await runNode(['--import', REGISTER, '--input-type=module', '--eval', program], { env });
  expect(result.code).toBe(0);
  expect(result.stderr).toMatch(/^snakepit-otel: startTelemetry\(\) was called while .* by register\..+\n$/);
  const traces = collector.exports.filter(({ signal }) => signal === 'traces');
  expect(traces.map(({ body }) => body.toString().split('"myapp.operation"').length - 1)).toEqual([1]);
});
