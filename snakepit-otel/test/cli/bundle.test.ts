// The command is a bundle: which of its files the agent loads, and the licenses of the packages in it.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';

const FOLDER = 'snakepit-otel/dist/command';
/** Prints the paths of all loaded files at the end of the process. */
const PRINT_LOADED = `data:text/javascript,
  import { createRequire } from 'node:module';
  const { cache } = createRequire(process.execPath);
  process.on('exit', () => console.log('loaded ' + JSON.stringify(Object.keys(cache))));`;

async function loadedBy(args: readonly string[], env: Record<string, string>): Promise<string[]> {
  const { code, stderr, stdout } = await runNode(['--import', PRINT_LOADED, `${FOLDER}/main.cjs`, ...args], {
    env,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(/^loaded (.*)$/m.exec(stdout)?.[1] ?? '[]');
}

test('an agent without a file and without OTLP loads no reader of files, no exporter and no other command', async () => {
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(), SNAKEPIT_OTEL_INPUTS: 'none' };
  const files = await loadedBy(['--for', '0s'], env);
  expect(files.filter((file) => !file.includes(FOLDER) && !/koffi/.test(file))).toEqual([]);
  const names = files.map((file) => basename(file, '.cjs'));
  expect(names).toEqual(expect.arrayContaining(['main', 'agent']));
  expect(
    names.filter((name) => /^(?:opentelemetry-|yaml|page|top|tail|doctor|init|completion)/.test(name)),
  ).toEqual([]);
});

test('an agent that exports over OTLP loads the exporters of its encoding from the bundle', async () => {
  const collector = await httpReceiver();
  const env = {
    OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_LOGS_EXPORTER: 'none',
    SNAKEPIT_OTEL_INPUTS: 'none',
  };
  const files = await loadedBy(['--for', '0s'], env);
  expect(files.filter((file) => !file.includes(FOLDER) && !/koffi/.test(file))).toEqual([]);
  expect(files.flatMap((file) => /opentelemetry-exporter-[\w-]+/.exec(file)?.[0] ?? [])).toEqual([
    'opentelemetry-exporter-trace-otlp-http',
  ]);
});

test('the licenses of all packages in the bundle come with it', () => {
  const licenses = readFileSync(`${FOLDER}/THIRD-PARTY-LICENSES.txt`, 'utf8');
  for (const [name, license] of [
    ['@opentelemetry/api', 'Apache-2.0'],
    ['@opentelemetry/sdk-metrics', 'Apache-2.0'],
    ['@opentelemetry/exporter-trace-otlp-proto', 'Apache-2.0'],
    ['import-in-the-middle', 'Apache-2.0'],
    ['debug', 'MIT'],
    ['valibot', 'MIT'],
    ['yaml', 'ISC'],
  ])
    expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(${license}\\)$`, 'm'));
  for (const text of ['Apache License', 'Permission is hereby granted', 'Permission to use, copy, modify'])
    expect(licenses).toContain(text);
});

test('a package is in the bundle in one version of each release', () => {
  const licenses = readFileSync(`${FOLDER}/THIRD-PARTY-LICENSES.txt`, 'utf8');
  const releases = [...licenses.matchAll(/^(\S+ \d+\.\d+)\.\d+ \(/gm)].map(([, release]) => release);
  expect(releases.length).toBeGreaterThan(20);
  expect(releases).toEqual([...new Set(releases)]);
});
