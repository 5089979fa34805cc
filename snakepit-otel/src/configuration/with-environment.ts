/**
 * Runs `work` with other environment variables, for packages that read them on their own: the SDK's exporters and providers do so
 * beside what they are given, and the reader of files takes the path of its file from there. Synchronous, so nothing else runs
 * meanwhile.
 *
 * @param changes new values; undefined removes a variable
 */
export function withEnvironment<T>(changes: Readonly<Record<string, string | undefined>>, work: () => T): T {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  apply(Object.entries(changes));
  try {
    return work();
  } finally {
    apply(before);
  }
}

function apply(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Runs `work` without the variables of OpenTelemetry: the packages of the SDK read them on their own, and the model has everything that counts. */
export function withoutVariables<T>(work: () => T): T {
  const variables = Object.keys(process.env).filter((name) => name.startsWith('OTEL_'));
  return withEnvironment(Object.fromEntries(variables.map((name) => [name, undefined])), work);
}
