import type { Range } from '../protobuf.js';
import { JsonScanner } from './json-scanner.js';

/** Where a span and its ids are in a request in JSON. */
export interface SpanPlace extends Range {
  readonly traceId?: Range;
  readonly spanId?: Range;
  readonly parentSpanId?: Range;
}

/** Ids of a span that the join changes. */
export type IdName = 'traceId' | 'spanId' | 'parentSpanId';

/**
 * Finds the spans of a request to export that is valid JSON: those of each list, in the order in which `JSON.parse` has them. Of a member
 * that is there twice, the last one counts.
 */
export function findSpans(text: string): SpanPlace[][] {
  let lists: SpanPlace[][] = [];
  const readSpan = (scanner: JsonScanner): SpanPlace => {
    const ids: { [Name in IdName]?: Range } = {};
    const range = scanner.readObject({
      traceId: () => {
        ids.traceId = scanner.skipValue();
      },
      spanId: () => {
        ids.spanId = scanner.skipValue();
      },
      parentSpanId: () => {
        ids.parentSpanId = scanner.skipValue();
      },
    });
    return { ...range, ...ids };
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
