// Runs the built command.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runModule, runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { eventually, line, temporaryFolder } from '../helpers/inputs.js';

const AGENT = 'snakepit-otel/dist/command/main.cjs';

async function configFile(inputs: object): Promise<string> {
  return fileOf({ snakepit: { inputs } });
}

const LOGS = { processors: [{ simple: { exporter: { console: {} } } }] };

async function fileOf(js: object, providers: object = { logger_provider: LOGS }): Promise<string> {
  const file = join(await temporaryFolder(), 'agent.yaml');
  const model = { file_format: '1.0', ...providers, 'instrumentation/development': { js } };
  writeFileSync(file, JSON.stringify(model));
  return file;
}

/** Returns a port that another process listens on. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as { port: number }).port;
}

test('agent --config receives events on what the file configures, and removes its socket at the end', async () => {
  const path = join(await temporaryFolder(), 'made', 'events.sock');
  const port = await freePort();
  const file = await configFile({ unix: { path }, http: { port: Number(port) } });
  const result = await runNode([AGENT, 'agent', '--config', file], {
    onOutput: async (_output, child) => {
      const posted = eventually(async () => {
        const headers = { 'content-type': 'application/x-ndjson' };
        const response = await fetch(`http://127.0.0.1:${port}/v1/events`, {
          method: 'POST',
          headers,
          body: line(),
        });
        expect(await response.json()).toMatchObject({ accepted: 1 });
      });
      posted.finally(() => child.kill('SIGTERM')).catch(() => {});
    },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  await expect(
    runModule(`import { statSync } from 'node:fs'; statSync(${JSON.stringify(path)});`),
  ).resolves.toMatchObject({
    stderr: expect.stringContaining('ENOENT'),
  });
});

test('default inputs that cannot be started cost one line each', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const port = await takenPort();
  // Defaults have no other addresses, so that the agent's are changed here.
  const result = await runModule(`
    import { startWithDefaults } from './snakepit-otel/dist/esm/sdk/start.js';
    const telemetry = startWithDefaults({ traces: [], metrics: [], logs: [] }, () => ({
      inputs: { unix: { path: ${JSON.stringify(join(folder, 'file', 'events.sock'))} }, http: { port: ${port} } },
    }));
    await telemetry.ready;
    await telemetry.shutdown();`);
  expect(result.code).toBe(0);
  expect(result.stderr.trimEnd().split('\n').toSorted()).toEqual([
    expect.stringMatching(
      /^snakepit-otel: Cannot receive events on .*events\.sock \(unix: \w+\)\. Set inputs\.unix\.path/,
    ),
    expect.stringMatching(
      /^snakepit-otel: Cannot receive events on 127\.0\.0\.1:\d+ \(http: EADDRINUSE\)\. Set another address with/,
    ),
  ]);
});

test.each([
  ['http', 'EADDRINUSE'],
  ['tcp', 'EADDRINUSE'],
])('a configured input %s that cannot be started is an error at start', async (input, code) => {
  const port = await takenPort();
  const file = await configFile({ unix: false, http: false, [input]: { port } });
  const result = await runNode([AGENT, '--config', file]);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toMatch(
    new RegExp(
      `^snakepit-otel: Cannot receive events on 127\\.0\\.0\\.1:${port} \\(${input}: ${code}\\)\\..*\n$`,
    ),
  );
});

test.each<[object, string]>([
  [{ unixx: {} }, 'Invalid entry of snakepit in FILE: "inputs.unixx"'],
  [
    { http: { prot: 1 } },
    'Invalid entry of snakepit in FILE: "inputs.http.prot". Allowed: inputs.http.host, inputs.http.port',
  ],
  [
    { http: { port: 70_000 } },
    'Invalid inputs.http.port of snakepit in FILE: 70000. Allowed: an integer from 0 to 65535',
  ],
  [
    { unix: { mode: 660 } },
    'Invalid inputs.unix.mode of snakepit in FILE: 660. Allowed: an octal mode as text',
  ],
  [{ unix: { path: 'x'.repeat(200) } }, 'Allowed: a path of at most 107 bytes'],
  [
    { tcp: { host: '0.0.0.0' } },
    'Invalid inputs.tcp.host: "0.0.0.0". Allowed: a loopback address without tokenFile',
  ],
  [{ stdin: 'yes' }, 'Invalid inputs.stdin of snakepit in FILE: "yes"'],
])('the file entry inputs: %j is refused with its name', async (inputs, message) => {
  const file = await configFile(inputs);
  const result = await runNode([AGENT, '--config', file, '--for', '1s']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(message.replace('FILE', file));
});

test('a misspelled key is answered with the nearest one', { tags: ['H29'] }, async () => {
  const result = await runNode([AGENT, '--config', await configFile({ http: { prot: 1 } })]);
  expect(result.stderr).toContain('inputs.http.port');
  expect(result.stderr).toMatch(/Did you mean "?inputs\.http\.port/);
});

test('a misspelled part of the file costs one line that names the nearest one', async () => {
  const file = await fileOf({ snakpit: {} });
  const { stderr } = await runNode([AGENT, '--config', file, '--for', '0s'], {
    env: { SNAKEPIT_OTEL_INPUTS: 'none' },
  });
  expect(stderr).toContain(
    ' WARN  snakpit in instrumentation/development.js of the configuration has no effect: not supported. ' +
      'Did you mean "snakepit"?\n',
  );
});

test('a file without exporters costs one line', async () => {
  const file = await fileOf({ snakepit: { inputs: { unix: false, http: false } } }, {});
  const { stderr } = await runNode([AGENT, '--config', file, '--for', '0s']);
  const [time = '', ...rest] = stderr.split(' ');
  expect(new Date(time).toISOString()).toBe(time);
  expect(rest.join(' ')).toBe(
    `WARN  ${file} has no meter_provider, tracer_provider or logger_provider: no metrics are served, and nothing is exported.\n`,
  );
});

test('a token file that is missing is named without a suggestion', async () => {
  const file = await configFile({ http: { host: '0.0.0.0', token_file: '/etc/none/token' } });
  const { stderr } = await runNode([AGENT, '--config', file]);
  expect(stderr).toContain('Invalid inputs.http.tokenFile (in a file: token_file): "/etc/none/token".');
  expect(stderr).not.toContain('Did you mean');
});

test('SNAKEPIT_OTEL_INPUTS selects inputs, and names what is allowed', async () => {
  const wrong = await runNode([AGENT], { env: { SNAKEPIT_OTEL_INPUTS: 'unix,htpp' } });
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Invalid SNAKEPIT_OTEL_INPUTS: "unix,htpp"'),
  });
  expect(wrong.stderr).toContain('unix, tcp, http, stdin');
});

test('the standard input is read, and its end is the end of its producers', async () => {
  const result = await runModule(
    `import { execFileSync } from 'node:child_process';
     const program = \`
       import { subscribe } from 'node:diagnostics_channel';
       import { startTelemetry } from 'snakepit-otel';
       subscribe('snakepit.bridge.producer.ended', ({ metadata }) => console.log('ended', metadata.producer));
       subscribe('snakepit.bridge.events.accepted', ({ measurements, metadata }) =>
         console.log(metadata.input, measurements.count));
       const telemetry = startTelemetry({ traces: [], metrics: [], logs: [], inputs: { stdin: true } });
       setTimeout(() => telemetry.shutdown(), 1000);\`;
     const input = ${JSON.stringify(line({ producer: 'a' }) + line({ producer: 'b' }).trimEnd())};
     process.stdout.write(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { input }));`,
  );
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout.split('\n').toSorted()).toEqual(['', 'ended a', 'ended b', 'stdin 2']);
});
