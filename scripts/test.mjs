// `npm test`: builds, runs the tests, and closes with a plain line that counts them. In CI, a skipped test has failed:
// everything that a user's machine may lack is there.
import { execFileSync } from 'node:child_process';
import { startVitest } from 'vitest/node';

const filters = process.argv.slice(2);

/** Counts the tests of all files; a file that could not be collected counts as one that failed. */
function count(modules) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    if (module.state() === 'failed' && module.errors().length > 0) totals.failed += 1;
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      if (state === 'skipped') {
        console.log(`skipped: ${test.fullName}${note ? ` (${note})` : ''}`);
        totals[process.env.CI ? 'failed' : 'skipped'] += 1;
      } else {
        totals[state === 'passed' ? 'passed' : 'failed'] += 1;
      }
    }
  }
  return totals;
}

function close({ passed, failed, skipped }) {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

try {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  const vitest = await startVitest('test', filters, { watch: false });
  const totals = count(vitest.state.getTestModules());
  if (vitest.state.getUnhandledErrors().length > 0) totals.failed += 1;
  await vitest.close();
  close(totals);
} catch (error) {
  console.error(error.message);
  close({ passed: 0, failed: 1, skipped: 0 });
}
