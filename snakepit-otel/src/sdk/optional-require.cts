/**
 * Loads a package that an installation may lack. A CommonJS file, so that both builds have `require`. The root package has the same
 * function: each copy resolves from its own file, and only this one finds the optional dependencies of `snakepit-otel`.
 */
export const optionalRequire = (name: string): unknown => require(name);
