// `npm test`: builds, runs Vitest with the given arguments, and always ends with a line that counts the tests. In CI, a skipped
// test counts as failed, since CI has everything that a user's machine may lack.
import { execFileSync, spawnSync } from 'node:child_process';
import { parseCLI, startVitest } from 'vitest/node';

let vitest;
let completed = false;

process.on('exit', () => {
  const { passed, failed, skipped } = countTests();
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
});
// Node itself would print the error after the count.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});

execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const projects = [options.project ?? ['unit', 'e2e']].flat();
if (filter.length === 0 && projects.includes('e2e')) {
  // Takes minutes if nothing is cached, longer than a test may. If it fails, the tests report it as skipped.
  spawnSync(process.execPath, ['scripts/backends.mjs', 'install'], { stdio: 'inherit' });
}
vitest = await startVitest('test', filter, options);
completed = true;
await vitest.exit();

/** Counts tests. A file or suite whose setup failed and an error outside any test each count as one failure. */
function countTests() {
  const totals = { passed: 0, failed: completed ? vitest.state.getUnhandledErrors().length : 1, skipped: 0 };
  for (const module of vitest?.state.getTestModules() ?? []) {
    for (const group of [module, ...module.children.allSuites()]) {
      if (group.errors().length > 0) totals.failed += 1;
    }
    for (const test of module.children.allTests()) totals[outcome(test)] += 1;
  }
  return totals;
}

/** Returns the outcome of a test. One that has not finished counts as failed. */
function outcome(test) {
  const { state, note } = test.result();
  if (state !== 'skipped') return state === 'passed' ? 'passed' : 'failed';
  console.log(`skipped: ${test.fullName}${note ? ` (${note})` : ''}`);
  return process.env.CI ? 'failed' : 'skipped';
}
