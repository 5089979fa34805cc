/** Without the keys that hold nothing: absent is absent, for whoever lists the keys too. */
export const present = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
