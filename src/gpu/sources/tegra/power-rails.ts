import { join } from 'node:path';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';

/** Power monitor of Jetson boards. */
const MONITOR = 'ina3221';
/** Labels of the rails; the monitor has three, and a fourth label for the sum of some. */
const LABEL = /^in([1-3])_label$/;
/** Rails that feed the GPU: `VDD_GPU_SOC`, `VDD_CPU_GPU_CV`, `POM_5V_GPU`, `GPU`. */
const GPU_RAIL = /(?:^|_)GPU(?:_|$)/i;

/** Files of the voltage, mV, and the current, mA, of a rail. */
export interface PowerRail {
  readonly voltage: string;
  readonly current: string;
}

/** Finds the rails that feed the GPU of a Jetson board. */
export async function findGpuRails(sys: string, files: SerialFileReader): Promise<PowerRail[]> {
  const rails: PowerRail[] = [];
  for (const monitor of await findMonitors(sys, files)) {
    for (const file of await files.list(monitor, LABEL)) {
      const [, rail = ''] = LABEL.exec(file) ?? [];
      if (!GPU_RAIL.test((await files.textOnce(join(monitor, file))) ?? '')) continue;
      rails.push({
        voltage: join(monitor, `in${rail}_input`),
        current: join(monitor, `curr${rail}_input`),
      });
    }
  }
  return rails;
}

/** Reads the power of rails, W; `undefined` if none can be read. A rail may feed other parts of the chip as well. */
export async function readRails(
  rails: readonly PowerRail[],
  files: SerialFileReader,
): Promise<number | undefined> {
  let watts: number | undefined;
  for (const { voltage, current } of rails) {
    const millivolts = await files.number(voltage);
    const milliamperes = await files.number(current);
    if (millivolts === undefined || milliamperes === undefined) continue;
    watts = (watts ?? 0) + (millivolts * milliamperes) / 1e6;
  }
  return watts;
}

async function findMonitors(sys: string, files: SerialFileReader): Promise<string[]> {
  const devices = join(sys, 'bus/i2c/devices');
  const monitors: string[] = [];
  for (const device of await files.list(devices, /./)) {
    if ((await files.textOnce(join(devices, device, 'name'))) !== MONITOR) continue;
    const folder = join(devices, device, 'hwmon');
    for (const name of await files.list(folder, /^hwmon\d+$/)) monitors.push(join(folder, name));
  }
  return monitors;
}
