import { expect } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import distributionJson from '../../snakepit-otel/package.json' with { type: 'json' };
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../src/version.js';
import { INSTALLING, run, test } from './packed.js';

const entries = [packageJson, distributionJson].flatMap(({ name, exports }) =>
  Object.keys(exports).map((path) => path.replace('.', name)),
);
const register = 'snakepit-otel/register';
const TO_CONSOLE = {
  OTEL_TRACES_EXPORTER: 'console',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
};

test('the instrumentation scope has the name and version of package.json', () => {
  expect([PACKAGE_NAME, PACKAGE_VERSION]).toEqual([packageJson.name, packageJson.version]);
});

test('both packages have the same version, and the distribution depends on exactly that version', () => {
  expect(distributionJson.version).toBe(packageJson.version);
  expect(distributionJson.dependencies[PACKAGE_NAME]).toBe(packageJson.version);
});

test('the instrumentation depends on no SDK, no exporter and no semantic conventions', () => {
  expect(Object.keys(packageJson.dependencies)).toEqual([
    '@opentelemetry/api-logs',
    '@opentelemetry/instrumentation',
  ]);
  expect(Object.keys(packageJson.optionalDependencies)).toEqual(['koffi']);
  expect(Object.keys(packageJson.peerDependencies)).toEqual(['@opentelemetry/api']);
});

test('every entry exports the same names to import and to require', INSTALLING, async ({ host }) => {
  const program = ['entries.mjs', ...entries.filter((entry) => entry !== register)];
  const names = JSON.parse(await run(await host('bare'), program));
  for (const { imported, required } of Object.values<Record<string, string[]>>(names)) {
    // Names that Node adds to a module of the other system.
    const own = (list: string[] = []) => list.filter((name) => !['__esModule', 'default'].includes(name));
    expect(own(imported)).toEqual(own(required));
    expect(own(imported)).not.toEqual([]);
  }
});

// Beside SDK 3.x, the distribution uses its own SDK 2.x.
test.for([
  ['bare', '--import'],
  ['bare', '--require'],
  ['sdk3', '--import'],
] as const)(
  'in a %s host, %s register traces a program without code',
  INSTALLING,
  async ([name, flag], { host }) => {
    const printed = await run(await host(name), [flag, register, 'traced.cjs'], TO_CONSOLE);
    expect(printed).toContain("name: 'traced'");
  },
);
