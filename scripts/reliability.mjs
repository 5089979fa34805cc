// `npm run reliability`: runs the tests that are tagged with a fault of test/fixtures/faults.json, and writes docs/reliability.md from
// what they measured. Fails, and writes nothing, if a test fails or a fault has no test that passed.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { startVitest } from 'vitest/node';
import { renderReliability, taggedFiles } from './render-reliability.mjs';

execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
const faults = JSON.parse(readFileSync('test/fixtures/faults.json', 'utf8'));
const vitest = await startVitest('test', taggedFiles(), {
  run: true,
  project: ['unit'],
  tagsFilter: [faults.map(({ id }) => id).join(' or ')],
  maxWorkers: 1,
});
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const results = tests
  .filter((test) => test.result().state !== 'skipped')
  .map((test) => ({
    name: test.fullName,
    tags: test.tags ?? [],
    state: test.result().state,
    measured: test.meta().measured ?? [],
  }));
await vitest.close();

const failed = results.filter(({ state }) => state !== 'passed').map(({ name }) => name);
const untested = faults
  .filter(({ id }) => !results.some(({ tags }) => tags.includes(id)))
  .map(({ id }) => id);
if (failed.length > 0 || untested.length > 0) {
  console.error(
    `Not written. Failed tests: ${failed.length}. Faults without a test: ${untested.join(', ') || 'none'}.`,
  );
  process.exitCode = 1;
} else {
  writeFileSync('docs/reliability.md', renderReliability(faults, results));
  console.log(`docs/reliability.md: ${faults.length} faults, ${results.length} tests`);
}
