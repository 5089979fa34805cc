import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A made tree in the layout of the kernel's documentation; not recorded. `card` writes files below `cardN`, and leaves
 * those that are there.
 */
export async function madeSysfs() {
  const root = await mkdtemp(join(tmpdir(), 'made-sysfs-'));
  return {
    root,
    card: async (number: number, files: Record<string, string>) => {
      for (const [name, text] of Object.entries(files)) {
        const path = join(root, `card${number}`, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, `${text}\n`);
      }
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export type MadeSysfs = Awaited<ReturnType<typeof madeSysfs>>;

export const uevent = (address: string, driver: string) => ({
  'device/uevent': `DRIVER=${driver}\nPCI_CLASS=38000\nPCI_ID=1002:740F\nPCI_SLOT_NAME=${address}`,
});

/** Without the keys that have no value. */
export const known = (reading: object = {}) =>
  Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
