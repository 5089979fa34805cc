interface IncludeExclude {
  readonly included?: readonly string[] | undefined;
  readonly excluded?: readonly string[] | undefined;
}

/** Returns a filter of names by patterns with `*` and `?`. Without patterns every name passes. */
export function attributeFilter({ included, excluded }: IncludeExclude = {}): (name: string) => boolean {
  const isIncluded = matcher(included ?? ['*']);
  const isExcluded = matcher(excluded ?? []);
  return (name) => isIncluded(name) && !isExcluded(name);
}

const matcher = (patterns: readonly string[]): ((name: string) => boolean) => {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replace(/\*/g, '.*')
          .replace(/\?/g, '.')}$`,
      ),
  );
  return (name) => expressions.some((expression) => expression.test(name));
};
