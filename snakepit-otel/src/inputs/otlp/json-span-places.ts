import { MalformedMessage, type Range } from '../protobuf.js';
import { JsonScanner } from './json-scanner.js';

/** Members of a span whose places are found. */
const MEMBERS = ['traceId', 'spanId', 'parentSpanId', 'attributes'] as const;
export type MemberName = (typeof MEMBERS)[number];

/** Where a span and the values of its members are in a request in JSON. */
export interface SpanPlace extends Range, Readonly<Partial<Record<MemberName, Range>>> {}

/** Returns the place of a span that is valid JSON, and those of its members. */
export function placeOf(bytes: Uint8Array, { start, end }: Range): SpanPlace {
  const members: Partial<Record<MemberName, Range>> = {};
  const scanner = new JsonScanner(bytes, start);
  if (!scanner.enterObject()) throw new MalformedMessage('a span is not an object');
  for (let name = scanner.nextMember(); name !== undefined; name = scanner.nextMember()) {
    const range = scanner.skipValue();
    const known = MEMBERS.find((member) => member === name);
    if (known !== undefined) members[known] = range;
  }
  return { start, end, ...members };
}
