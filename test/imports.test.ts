// The direction of imports, as .dependency-cruiser.mjs defines it for `npm run lint`.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cruise, type IReporterOutput } from 'dependency-cruiser';
import { expect, onTestFinished, test } from 'vitest';
import configuration from '../.dependency-cruiser.mjs';

/** Returns the violated rules with the import that violates each. */
async function violations(folder: string): Promise<string[]> {
  const { options, forbidden } = configuration;
  const { output } = (await cruise(['src', 'snakepit-otel/src'], {
    ...options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden },
  })) as IReporterOutput & { output: { summary: { violations: Violation[] } } };
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

/** Copies the sources, with imports added to some files. */
async function sourcesWith(imports: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-imports-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const part of ['src', 'snakepit-otel/src', 'tsconfig.json']) {
    await cp(part, join(folder, part), { recursive: true });
  }
  for (const [file, statement] of Object.entries(imports)) {
    await writeFile(join(folder, file), `${statement}\n`, { flag: 'a' });
  }
  return folder;
}

test('no import runs upwards or in a circle', async () => {
  expect(await violations(process.cwd())).toEqual([]);
});

test.each([
  ['src/catalog/field.ts', "export * from '../bus/bus.js';", 'catalog-imports-below: src/catalog/field.ts'],
  ['src/common/units.ts', "export * from './redact.js';\nimport '../version.js';", undefined],
  ['src/gpu/publish.ts', "import '../recorders/metrics/series.js';", 'gpu-imports-below: src/gpu/publish.ts'],
  ['src/recorders/tracing/time.ts', "import type {} from '../../spans/span.js';", 'recorders-imports-below'],
  ['src/spans/tracer.ts', "import './span.js';", 'no-circle'],
  ['src/bus/bus.ts', "import '@opentelemetry/sdk-metrics';", 'no-sdk: src/bus/bus.ts'],
])('checks an import added to %s: %s', async (file, statement, violation) => {
  const found = (await violations(await sourcesWith({ [file]: statement }))).join('\n');
  if (violation === undefined) expect(found).toBe('');
  else expect(found).toContain(violation);
});
