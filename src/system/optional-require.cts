import { createRequire } from 'node:module';

// A CommonJS file, because both builds need `__filename`.

/**
 * Returns the path of a package that may not be installed. In a bundle, it is searched from the bundle, or from the program that the
 * process runs if the bundler leaves no valid `__filename`. Bundlers do not see the name: the package stays outside of the bundle.
 *
 * @throws if it is not installed
 */
export function optionalResolve(name: string): string {
  try {
    return createRequire(__filename).resolve(name);
  } catch (error) {
    const [, program] = process.argv;
    if (program === undefined) throw error;
    return createRequire(program).resolve(name);
  }
}

/**
 * Loads a package that may not be installed, as {@link optionalResolve} finds it.
 *
 * @throws if it is not installed
 */
export function optionalRequire(name: string): unknown {
  const path = optionalResolve(name);
  return createRequire(path)(path);
}
