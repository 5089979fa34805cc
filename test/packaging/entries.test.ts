import { expect } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import distributionJson from '../../snakepit-otel/package.json' with { type: 'json' };
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../src/version.js';
import { INSTALLING, run, test } from './packed.js';

// In a host that brings nothing but the API, everything else has to come with the package.
const entries = [packageJson, distributionJson].flatMap(({ name, exports }) =>
  Object.keys(exports).map((path) => path.replace('.', name)),
);
const register = 'snakepit-otel/register';
const TO_CONSOLE = {
  OTEL_TRACES_EXPORTER: 'console',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
};

test('telemetry carries the name and version that are published', () => {
  expect([PACKAGE_NAME, PACKAGE_VERSION]).toEqual([packageJson.name, packageJson.version]);
});

test('both packages have one version, and the distribution depends on exactly that', () => {
  expect(distributionJson.version).toBe(packageJson.version);
  expect(distributionJson.dependencies[PACKAGE_NAME]).toBe(packageJson.version);
});

test('every entry exports the same names to import and to require', INSTALLING, async ({ host }) => {
  const program = ['entries.mjs', ...entries.filter((entry) => entry !== register)];
  const names = JSON.parse(await run(await host('bare'), program));
  for (const { imported, required } of Object.values<Record<string, string[]>>(names)) {
    // What Node adds to the names of a CommonJS module, or of an ES module that stands for one.
    const own = (list: string[] = []) => list.filter((name) => !['__esModule', 'default'].includes(name));
    expect(own(imported)).toEqual(own(required));
    expect(own(imported)).not.toEqual([]);
  }
});

// On SDK 3.x, the package's own 2.x does the work beside it.
test.for([
  ['bare', '--import'],
  ['bare', '--require'],
  ['sdk3', '--import'],
] as const)(
  'in a %s host, a program traces with nothing but %s register',
  INSTALLING,
  async ([name, flag], { host }) => {
    const printed = await run(await host(name), [flag, register, 'traced.cjs'], TO_CONSOLE);
    expect(printed).toContain("name: 'traced'");
  },
);
