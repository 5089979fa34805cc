// `npm run commits [-- BASE]`: checks the messages of the commits between BASE and HEAD. BASE defaults to the merge base with
// origin/main, or to the last commit before the convention where there is no such branch.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkedSince } from './commits/checked-since.mjs';

/** Older messages do not follow the convention. */
const LAST_BEFORE_CONVENTION = '5e22a36a1d0ac8c05288e326d1bf275dc41cd4c6';

const cwd = fileURLToPath(new URL('..', import.meta.url));
try {
  const from = checkedSince({ cwd, base: process.argv[2], start: LAST_BEFORE_CONVENTION });
  console.log(`Checking the commits since ${from}`);
  const options = { cwd, stdio: 'inherit', shell: process.platform === 'win32' };
  const { status, error } = spawnSync('commitlint', ['--from', from, '--to', 'HEAD', '--verbose'], options);
  if (error) throw error;
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
