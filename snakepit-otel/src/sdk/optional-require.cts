import { createRequire } from 'node:module';

/**
 * Loads a package that an installation may lack. A CommonJS file, because both builds need `__filename`. The root package has the same
 * function: each copy resolves from its own file, and only this one finds the optional dependencies of `snakepit-otel`.
 *
 * @throws if it is not installed
 */
export function optionalRequire(name: string): unknown {
  const path = resolvePath(name);
  return createRequire(path)(path);
}

/** Searches from the bundle if there is one, or from the program that the process runs if the bundler leaves no valid `__filename`. */
function resolvePath(name: string): string {
  try {
    return createRequire(__filename).resolve(name);
  } catch (error) {
    const [, program] = process.argv;
    if (program === undefined) throw error;
    return createRequire(program).resolve(name);
  }
}
