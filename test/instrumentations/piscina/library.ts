import { copyOf } from '../pools/run-program.js';

/** The bounds of the supported versions, beside the installed one, as they are named in `package.json`. */
export const OTHER_VERSIONS = ['piscina-v5.0', 'piscina-v6'] as const;

/**
 * Copies a version of piscina to where programs find it under its own name.
 *
 * @param alias its name in `package.json`
 * @returns arguments and environment of a program that loads this version
 */
export async function versionOf(
  alias: string,
): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }> {
  if (alias === 'piscina') return { args: [], env: {} };
  return { args: ['--import', WITH_RESOLVERS], env: await copyOf('piscina', alias) };
}

/** Version 6 needs a function that Node 20 does not have yet. */
const WITH_RESOLVERS = `data:text/javascript,${encodeURIComponent(`
  Promise.withResolvers ??= () => {
    const all = {};
    all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
    return all;
  };`)}`;
