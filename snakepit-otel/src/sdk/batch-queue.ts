/** Private fields of the batch processors (0.223), which have no public way to read or take the items of their queue. */
export interface BatchProcessor {
  readonly _exporter?: object;
  _finishedSpans?: readonly object[];
  _finishedLogRecords?: readonly object[];
}

/** Returns the items that wait for an export. */
export const queueOf = ({ _finishedSpans, _finishedLogRecords }: BatchProcessor): readonly object[] =>
  _finishedSpans ?? _finishedLogRecords ?? [];

/** Returns the items that wait for an export, and empties the queue. */
export function takeQueue(processor: BatchProcessor): readonly object[] {
  const items = queueOf(processor);
  if (processor._finishedSpans !== undefined) processor._finishedSpans = [];
  if (processor._finishedLogRecords !== undefined) processor._finishedLogRecords = [];
  return items;
}
