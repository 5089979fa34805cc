import type { Attributes } from '../../catalog/attributes.js';
import type { SpanRecord } from './span-record.js';
import type { TimeOrdered } from './time-ordered.js';

/** Time at which a span is searched. */
export interface Moment {
  /** Time of the event, ns since the epoch. */
  readonly time: number;
  /** True for an event of this process, which every open span contains. */
  readonly isNow: boolean;
}

/** Spans that are compared. Beyond them, only the spans around the last one are. */
const MAX_COMPARED = 32;

/** Returns the span that starts last, among those that contain the moment and that `accepts` returns true for. */
export function innermostSpan(
  spans: TimeOrdered<SpanRecord>,
  moment: Moment,
  accepts: (record: SpanRecord) => boolean,
): SpanRecord | undefined {
  let index = moment.isNow ? spans.size : spans.countUntil(moment.time);
  let record: SpanRecord | undefined;
  for (let compared = 0; compared < MAX_COMPARED; compared++) {
    record = spans.at(--index);
    if (record === undefined) return undefined;
    if (contains(record, moment) && accepts(record)) return record;
  }
  for (let compared = 0; compared < MAX_COMPARED; compared++) {
    record = record?.parent;
    if (record === undefined) return undefined;
    if (contains(record, moment) && accepts(record)) return record;
  }
  return undefined;
}

function contains({ open, start, end }: SpanRecord, { time, isNow }: Moment): boolean {
  if (open !== undefined) return isNow || start <= time;
  return start <= time && time <= end;
}

/**
 * Returns true if two spans of one name have the same attributes, too. Those of a span whose start event did not arrive are those of
 * its stop event, which may have more.
 */
export function haveSameAttributes(one: Attributes, other: Attributes, mayDiffer: boolean): boolean {
  const keys = Object.keys(one);
  const others = Object.keys(other);
  if (!mayDiffer && keys.length !== others.length) return false;
  const [fewer, more] = keys.length <= others.length ? [keys, other] : [others, one];
  const first = more === other ? one : other;
  for (const key of fewer) {
    const value = first[key];
    const second = more[key];
    if (value !== second && !(Array.isArray(value) && String(value) === String(second))) return false;
  }
  return true;
}
