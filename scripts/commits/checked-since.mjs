import { spawnSync } from 'node:child_process';

/**
 * Returns the commit after which messages are checked: the merge base of HEAD and `base` (origin/main if not given), or `start`
 * if that is newer or there is no origin/main.
 *
 * @param {{ cwd: string, base?: string, start: string }} options
 * @returns {string} full hash
 * @throws {Error} if a commit is not in the clone
 */
export function checkedSince({ cwd, base, start }) {
  const git = (...args) => spawnSync('git', args, { cwd, encoding: 'utf8' });
  const find = (revision) =>
    git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`).stdout.trim();
  const get = (revision) => {
    const hash = find(revision);
    if (hash === '') throw new Error(`Commit ${revision} is not in this clone. Fetch the full history.`);
    return hash;
  };

  const first = get(start);
  const upstream = base === undefined ? find('origin/main') : get(base);
  if (upstream === '') return first;
  const mergeBase = git('merge-base', upstream, 'HEAD').stdout.trim();
  return git('merge-base', '--is-ancestor', first, mergeBase).status === 0 ? mergeBase : first;
}
