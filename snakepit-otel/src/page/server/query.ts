import { GPU_METRICS, type GpuMetric, RANGES, type Range } from '../contract.js';
import { HttpError } from './http-error.js';

/** Returns the range of a query. @throws HttpError for an unknown one */
export const rangeOf = (query: URLSearchParams): Range =>
  oneOf(query, 'range', Object.keys(RANGES) as Range[], '15m');

/** Returns the metric of a query. @throws HttpError for an unknown one */
export const metricOf = (query: URLSearchParams): GpuMetric => oneOf(query, 'metric', GPU_METRICS, 'memory');

/** @throws HttpError for a value that is not allowed */
export function oneOf<T extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const given = query.get(name) ?? fallback;
  const found = allowed.find((each) => each === given);
  if (found === undefined) throw new HttpError(400, `${name} must be one of ${allowed.join(', ')}`);
  return found;
}

/** Returns a time, ms since 1970. @throws HttpError for another value */
export function timeOf(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,14}(\.\d{1,3})?$/.test(text))
    throw new HttpError(400, `${name} must be a time in ms since 1970`);
  return Number(text);
}
