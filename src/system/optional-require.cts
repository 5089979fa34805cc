/** Loads a package that may not be installed. A CommonJS file, because both builds need `require`. */
export const optionalRequire = (name: string): unknown => require(name);
