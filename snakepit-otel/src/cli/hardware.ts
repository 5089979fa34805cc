import { detectHardware } from 'opentelemetry-instrumentation-snakepit';
import { SUCCEEDED } from './command.js';

/** Prints the hardware of this host as JSON. */
export async function printHardware(): Promise<number> {
  console.log(JSON.stringify(await detectHardware(), undefined, 2));
  return SUCCEEDED;
}
