/** Returns true if an error has the code. Holds for errors of other copies of this package too, unlike `instanceof`. */
export const hasErrorCode = (thrown: unknown, ...codes: readonly string[]): boolean =>
  typeof thrown === 'object' &&
  thrown !== null &&
  codes.includes((thrown as { readonly code?: unknown }).code as string);
