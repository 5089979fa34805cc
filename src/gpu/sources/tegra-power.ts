import { join } from 'node:path';
import type { SerialFileReader } from '../../system/serial-file-reader.js';

/** Power monitor of Jetson boards. */
const MONITOR = 'ina3221';
/** Labels of the rails; the monitor has three, and a fourth label for the sum of some. */
const LABEL = /^in([1-3])_label$/;
/** Rails that feed the GPU: `VDD_GPU_SOC`, `VDD_CPU_GPU_CV`, `POM_5V_GPU`, `GPU`. */
const GPU_RAIL = /(?:^|_)GPU(?:_|$)/i;

/**
 * Reads the power of the rails that feed the GPU of a Jetson board, W; `undefined` if the board measures none. A rail may feed other
 * parts of the chip as well.
 */
export async function readGpuRails(sys: string, files: SerialFileReader): Promise<number | undefined> {
  let watts: number | undefined;
  for (const monitor of await findMonitors(sys, files)) {
    for (const file of await files.list(monitor, LABEL)) {
      const [, rail = ''] = LABEL.exec(file) ?? [];
      if (!GPU_RAIL.test((await files.text(join(monitor, file))) ?? '')) continue;
      const [millivolts, milliamperes] = await Promise.all([
        files.number(join(monitor, `in${rail}_input`)),
        files.number(join(monitor, `curr${rail}_input`)),
      ]);
      if (millivolts === undefined || milliamperes === undefined) continue;
      watts = (watts ?? 0) + (millivolts * milliamperes) / 1e6;
    }
  }
  return watts;
}

async function findMonitors(sys: string, files: SerialFileReader): Promise<string[]> {
  const devices = join(sys, 'bus/i2c/devices');
  const monitors: string[] = [];
  for (const device of await files.list(devices, /./)) {
    if ((await files.text(join(devices, device, 'name'))) !== MONITOR) continue;
    const folder = join(devices, device, 'hwmon');
    for (const name of await files.list(folder, /^hwmon\d+$/)) monitors.push(join(folder, name));
  }
  return monitors;
}
