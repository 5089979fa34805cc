import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Creates a fake sysfs tree in the layout of the kernel's documentation. Nothing in it is recorded. `card` writes files below
 * `cardN`, and keeps the others there.
 */
export async function fakeSysfs() {
  const sys = await mkdtemp(join(tmpdir(), 'fake-sysfs-'));
  const root = join(sys, 'class/drm');
  await mkdir(root, { recursive: true });
  const write = async (path: string, text: string) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${text}\n`);
  };
  return {
    /** Folder of the graphics cards. */
    root,
    /** Folder of the processes, which does not exist until one of them is written. */
    proc: join(sys, 'proc'),
    /** Writes files below `/sys/class`. */
    files: async (files: Record<string, string>) => {
      for (const [name, text] of Object.entries(files)) await write(join(sys, 'class', name), text);
    },
    /** Writes the node of the kernel's compute driver of a GPU; one without a PCI address is a processor. */
    kfdNode: (number: number, address?: string, properties: Record<string, number> = {}) => {
      const [domain = '0', bus = '0', device = '0'] = address?.split(/[:.]/) ?? [];
      const all = {
        cpu_cores_count: address === undefined ? 64 : 0,
        simd_count: address === undefined ? 0 : 304,
        simd_per_cu: address === undefined ? 0 : 4,
        location_id: (Number.parseInt(bus, 16) << 8) | (Number.parseInt(device, 16) << 3),
        domain: Number.parseInt(domain, 16),
        ...properties,
      };
      const text = Object.entries(all).map(([key, value]) => `${key} ${value}`);
      return write(join(sys, 'class/kfd/kfd/topology/nodes', String(number), 'properties'), text.join('\n'));
    },
    card: async (number: number, files: Record<string, string>) => {
      for (const [name, text] of Object.entries(files)) {
        await write(join(root, `card${number}`, name), text);
      }
    },
    /** Writes the file `gpu_metrics` of a card. */
    gpuMetrics: async (number: number, bytes: Uint8Array) => {
      const path = join(root, `card${number}`, 'device/gpu_metrics');
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    },
    /** Announces a change of the compute nodes, as the kernel does. */
    kfdGeneration: (generation: number) =>
      write(join(sys, 'class/kfd/kfd/topology/generation_id'), String(generation)),
    /** Removes a folder or file below `/sys/class`. */
    removeFiles: (name: string) => rm(join(sys, 'class', name), { recursive: true, force: true }),
    remove: () => rm(sys, { recursive: true, force: true }),
  };
}

export type FakeSysfs = Awaited<ReturnType<typeof fakeSysfs>>;

export const uevent = (address: string, driver: string) => ({
  'device/uevent': `DRIVER=${driver}\nPCI_CLASS=38000\nPCI_ID=1002:740F\nPCI_SLOT_NAME=${address}`,
});

/** Returns a reading without the keys whose value is undefined. */
export const known = (reading: object = {}) =>
  Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
