import type { Range } from '../protobuf.js';
import { JsonScanner } from './json-scanner.js';

/** Members of a span whose places are found. */
const MEMBERS = ['traceId', 'spanId', 'parentSpanId', 'attributes'] as const;
export type MemberName = (typeof MEMBERS)[number];

/** Where a span and the values of its members are in a request in JSON. */
export interface SpanPlace extends Range, Readonly<Partial<Record<MemberName, Range>>> {}

/**
 * Finds the spans of a request to export that is valid JSON: those of each list, in the order in which `JSON.parse` has them. Of a member
 * that is there twice, the last one counts.
 */
export function findSpans(text: string): SpanPlace[][] {
  let lists: SpanPlace[][] = [];
  const readSpan = (scanner: JsonScanner): SpanPlace => {
    const members: Partial<Record<MemberName, Range>> = {};
    const readers = MEMBERS.map((name) => [
      name,
      () => {
        members[name] = scanner.skipValue();
      },
    ]);
    const range = scanner.readObject(Object.fromEntries(readers));
    return { ...range, ...members };
  };
  const readScope = (scanner: JsonScanner): void => {
    const list: SpanPlace[] = [];
    lists.push(list);
    scanner.readObject({
      spans: () => {
        list.length = 0;
        scanner.readList(() => list.push(readSpan(scanner)));
      },
    });
  };
  const readResource = (scanner: JsonScanner): void => {
    const before = lists.length;
    scanner.readObject({
      scopeSpans: () => {
        lists.length = before;
        scanner.readList(readScope);
      },
    });
  };
  new JsonScanner(text).readObject({
    resourceSpans: (scanner) => {
      lists = [];
      scanner.readList(readResource);
    },
  });
  return lists;
}
