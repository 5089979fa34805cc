const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A dash stands for what was not read. */
export const ABSENT = '–';

/** A whole number with separators: `12,480`. `Intl` would take 20 ms of the start. */
export const formatCount = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** MiB as GiB: `59.9`. */
export const formatGib = (mib: number | null | undefined): string =>
  mib === null || mib === undefined ? ABSENT : (mib / 1024).toFixed(1);

/** A ratio as `91%`. */
export const formatPercent = (ratio: number | null | undefined): string =>
  ratio === null || ratio === undefined ? ABSENT : `${Math.round(ratio * 100)}%`;

export const formatWhole = (value: number | null | undefined): string =>
  value === null || value === undefined ? ABSENT : formatCount(value);

/** An age in one unit: `41 s`, `4 m`, `2 h`, `3 d`. */
export function formatAge(ms: number): string {
  const age = Math.max(0, ms);
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} m`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h`;
  return `${Math.floor(age / DAY)} d`;
}

/** A duration with about three digits: `188 ms`, `3.42 s`, `2 m 5 s`. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return ABSENT;
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)} s`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${Math.floor((ms % MINUTE) / SECOND)} s`;
  return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} m`;
}

export function formatJoules(joules: number | undefined): string {
  if (joules === undefined) return ABSENT;
  if (joules < 10) return `${joules.toFixed(1)} J`;
  return joules < 100_000 ? `${formatCount(joules)} J` : `${formatCount(joules / 1000)} kJ`;
}

/** A time of day on this host's clock: `12:53:21`. */
export const formatTime = (ts: number): string => {
  const date = new Date(ts);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
};
