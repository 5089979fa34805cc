// `npm test`: builds, runs the tests (arguments are vitest's), and closes with a plain line that counts them, whatever
// happens. In CI, a skipped test has failed: everything that a user's machine may lack is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { parseCLI, startVitest } from 'vitest/node';

let vitest;
let completed = false;

process.on('exit', () => {
  const { passed, failed, skipped } = count();
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
});
// Left to Node, the error would be told after the count.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});

execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const projects = [options.project ?? ['unit', 'e2e']].flat();
if (filter.length === 0 && projects.includes('e2e')) {
  // Minutes where nothing is cached, so before the tests. Where it cannot be, the tests say so.
  spawnSync(process.execPath, ['scripts/backends.mjs', 'install'], { stdio: 'inherit' });
}
vitest = await startVitest('test', filter, options);
completed = true;
await vitest.exit();

/** Counts tests. A file or a suite that could not be set up, and an error outside of any test, is a failure of its own. */
function count() {
  const totals = { passed: 0, failed: completed ? vitest.state.getUnhandledErrors().length : 1, skipped: 0 };
  for (const module of vitest?.state.getTestModules() ?? []) {
    for (const group of [module, ...module.children.allSuites()]) {
      if (group.errors().length > 0) totals.failed += 1;
    }
    for (const test of module.children.allTests()) totals[outcome(test)] += 1;
  }
  return totals;
}

/** A test that never came to its end has failed. */
function outcome(test) {
  const { state, note } = test.result();
  if (state !== 'skipped') return state === 'passed' ? 'passed' : 'failed';
  console.log(`skipped: ${test.fullName}${note ? ` (${note})` : ''}`);
  return process.env.CI ? 'failed' : 'skipped';
}
