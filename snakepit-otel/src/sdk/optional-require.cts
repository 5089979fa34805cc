/** Loads a package that an installation may lack. A CommonJS file, so that `require` is there for both builds. */
export const optionalRequire = (name: string): unknown => require(name);
