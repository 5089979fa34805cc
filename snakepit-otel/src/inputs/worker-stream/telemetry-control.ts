import type { WorkerInputOptions } from '../../configuration/inputs.js';
import { lengthField } from '../protobuf.js';

// Numbers of fields of `snakepit.bridge.TelemetryControl` and of its messages.
const TOGGLE = 1;
const SAMPLING = 2;
const FILTER = 3;
const ALLOW = 1;
const DENY = 2;
/** `enabled: true` of a toggle. */
const ENABLED = Uint8Array.of(0x08, 1);
/** Key of the field `sampling_rate`, whose value has 8 bytes. */
const SAMPLING_RATE = 0x09;

/** Returns the messages that make a worker send its events. It keeps what a consumer before has set, so that all is set anew. */
export function controlMessages({ sampling = 1, allow = [], deny = [] }: WorkerInputOptions): Uint8Array[] {
  const rate = Buffer.alloc(9);
  rate.writeUInt8(SAMPLING_RATE);
  rate.writeDoubleLE(sampling, 1);
  const patterns = [
    ...allow.map((pattern) => lengthField(ALLOW, Buffer.from(pattern))),
    ...deny.map((pattern) => lengthField(DENY, Buffer.from(pattern))),
  ];
  return [
    lengthField(SAMPLING, rate),
    lengthField(FILTER, Buffer.concat(patterns)),
    lengthField(TOGGLE, ENABLED),
  ];
}
