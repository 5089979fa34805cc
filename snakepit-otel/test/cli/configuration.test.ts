// Runs the built command.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { runNode } from '../../../test/helpers/child.js';
import { initialFile } from '../../src/cli/initial-file.js';
import { settingEntries } from '../../src/configuration/settings.js';
import { temporaryFolder } from '../helpers/inputs.js';

const COMMAND = 'snakepit-otel/dist/command/main.cjs';

async function printed(args: string[] = [], env: Record<string, string> = {}) {
  const { stdout, stderr, code } = await runNode([COMMAND, '--print-config', ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function fileOf(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'agent.yaml');
  writeFileSync(file, text);
  return file;
}

/** Returns the line of a key with its origin. */
const lineOf = (text: string, key: string) =>
  text
    .split('\n')
    .find((line) => line.trim().startsWith(`${key}:`))
    ?.trim();

test('--print-config names flag, variable and default of each value, and masks secrets', async () => {
  const text = await printed(['--port', '9465', '--interval', '2s'], {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:hunter2@collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hunter2',
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
    OTEL_SERVICE_NAME: 'gateway',
    SNAKEPIT_OTEL_GPU_SOURCE: 'nvml',
    SNAKEPIT_OTEL_INPUTS: 'http',
  });
  expect(text).not.toContain('hunter2');
  expect(lineOf(text, 'port')).toBe('port: 9465 # --port');
  expect(lineOf(text, 'host')).toBe('host: 127.0.0.1 # default');
  expect(lineOf(text, 'value')).toBe('value: gateway # OTEL_SERVICE_NAME');
  expect(text).toMatch(/ {8}interval: 2s # --interval\n/);
  expect(lineOf(text, 'source')).toBe('source: nvml # SNAKEPIT_OTEL_GPU_SOURCE');
  expect(text).toContain('interval: 60000 # OTEL_METRIC_EXPORT_INTERVAL');
  expect(lineOf(text, 'unix')).toBe('unix: false # SNAKEPIT_OTEL_INPUTS');
  expect(lineOf(text, 'endpoint')).toMatch(/@collector:4318\/v1\/traces # OTEL_EXPORTER_OTLP_ENDPOINT$/);
  expect(lineOf(text, 'encoding')).toBe('encoding: protobuf # default');
});

test('--print-config names the file, and the variable that it substitutes', async () => {
  const file = await fileOf(
    `file_format: "1.0"
meter_provider:
  readers:
    - pull:
        exporter:
          prometheus/development:
            host: 127.0.0.1
            port: \${MY_PORT:-9470}
instrumentation/development: { js: { snakepit: { gpu: { source: amdgpu } } } }
`,
  );
  const text = await printed(['--config', file], { MY_PORT: '9471', OTEL_SERVICE_NAME: 'unused' });
  expect(lineOf(text, 'port')).toBe('port: 9471 # MY_PORT');
  expect(lineOf(text, 'host')).toBe(`host: 127.0.0.1 # file ${file}`);
  expect(lineOf(text, 'source')).toBe(`source: amdgpu # file ${file}`);
  expect(lineOf(text, 'interval')).toBe('interval: 5s # default');
  expect(text).not.toContain('unused');
});

test('the agent samples GPUs unless a variable or the file turns it off', async () => {
  const started = async (args: string[], env: Record<string, string> = {}) => {
    const run = [COMMAND, 'agent', '--for', '100ms', '--port', '0', ...args];
    const { stdout } = await runNode(run, { env: { SNAKEPIT_OTEL_INPUTS: 'none', ...env } });
    return / gpus=(?:"[^"]*"|\S+)/.exec(stdout)?.[0];
  };
  const file = await fileOf(
    'file_format: "1.0"\ninstrumentation/development: { js: { snakepit: { gpu: false } } }\n',
  );
  expect(await started([], { SNAKEPIT_OTEL_GPU: 'false' })).toBe(' gpus="not sampled"');
  expect(await started(['--config', file])).toBe(' gpus="not sampled"');
  expect(await started([])).toMatch(/^ gpus=(?!"not sampled")/);
  expect(await printed(['--config', file])).toContain(`enabled: false # file ${file}`);
  expect(lineOf(await printed([], { SNAKEPIT_OTEL_GPU: 'false' }), 'enabled')).toBe(
    'enabled: false # SNAKEPIT_OTEL_GPU',
  );
});

test('a printed configuration has the same effect as a file', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', SNAKEPIT_OTEL_INPUTS: 'tcp' };
  const first = await printed(['--interval', '1500ms'], env);
  const again = await printed(['--config', await fileOf(first)]);
  expect(parse(again)).toEqual(parse(first));
});

test('--print-config refuses what the agent refuses', async () => {
  const result = await runNode([COMMAND, '--print-config'], { env: { SNAKEPIT_OTEL_GPU: 'maybe' } });
  expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('SNAKEPIT_OTEL_GPU') });
});

test('init writes a file that has the effect of the defaults, and never replaces one', async () => {
  const file = join(await temporaryFolder(), 'agent.yaml');
  const written = await runNode([COMMAND, 'init', file]);
  expect(written).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`--config ${file}`) });
  expect(parse(await printed(['--config', file]))).toEqual(parse(await printed()));
  const again = await runNode([COMMAND, 'init', file]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('a file that does not exist') });
  expect(readFileSync(file, 'utf8')).toBe(initialFile());
});

test('init names the cause if it cannot create the file', async () => {
  const file = join(await temporaryFolder(), 'missing', 'agent.yaml');
  expect(await runNode([COMMAND, 'init', file])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `snakepit-otel: Invalid FILE of init: "${file}". Allowed: a file in a folder that exists.\n`,
  });
});

test('every line that init comments out can be used', async () => {
  const text = initialFile().replace(/^( *)#(?! )/gm, '$1');
  const content = parse(await printed(['--config', await fileOf(text)]));
  const exporter = { otlp_http: expect.objectContaining({ endpoint: 'http://127.0.0.1:4318/v1/traces' }) };
  expect(content.tracer_provider.processors).toEqual([{ batch: expect.objectContaining({ exporter }) }]);
  expect(content.meter_provider.readers).toHaveLength(2);
  expect(content.logger_provider.processors).toHaveLength(1);
  expect(content['instrumentation/development'].js.snakepit.inputs).toEqual({ unix: true, http: true });
});

test('the file of init describes every setting of ours that has a default', () => {
  const text = initialFile();
  for (const [name, { fileKey, default: value, description }] of settingEntries()) {
    if (fileKey === undefined || value === undefined || name === 'handleSignals') continue;
    expect(text).toContain(`# ${description.replace(/, ms$/, '')}\n`);
  }
});
