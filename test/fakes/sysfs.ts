import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Creates a fake sysfs tree in the layout of the kernel's documentation. Nothing in it is recorded. `card` writes files below
 * `cardN`, and keeps the others there.
 */
export async function fakeSysfs() {
  const root = await mkdtemp(join(tmpdir(), 'fake-sysfs-'));
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

export type FakeSysfs = Awaited<ReturnType<typeof fakeSysfs>>;

export const uevent = (address: string, driver: string) => ({
  'device/uevent': `DRIVER=${driver}\nPCI_CLASS=38000\nPCI_ID=1002:740F\nPCI_SLOT_NAME=${address}`,
});

/** Returns a reading without the keys whose value is undefined. */
export const known = (reading: object = {}) =>
  Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
