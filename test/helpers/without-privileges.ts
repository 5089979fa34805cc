/** A user without any rights, on Linux. */
const NOBODY = 65_534;

/** Runs `work` without the rights of root, if this process has them. */
export async function withoutPrivileges<T>(work: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.();
  if (user !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(user);
  }
}
