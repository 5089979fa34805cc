const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatCount(value: number): string {
  return integers.format(value);
}

/** Formats MiB as GiB with one decimal. */
export function formatGib(mib: number): string {
  return (mib / 1024).toFixed(1);
}

/** Formats a length of time with three digits, as `508 ms`, `3.42 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)} s`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  return formatAge(ms);
}

/** Formats an age in at most two units, as `41 s`, `4 min`, `2 h 14 min`. */
export function formatAge(ms: number): string {
  const age = Math.max(0, ms);
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) {
    const minutes = Math.floor((age % HOUR) / MINUTE);
    return `${Math.floor(age / HOUR)} h${minutes > 0 ? ` ${minutes} min` : ''}`;
  }
  const hours = Math.floor((age % DAY) / HOUR);
  return `${Math.floor(age / DAY)} d${hours > 0 ? ` ${hours} h` : ''}`;
}

/** Formats energy, as `1,655 J`, `2.21 MJ`. */
export function formatJoules(joules: number): string {
  if (joules < 10) return `${joules.toFixed(1)} J`;
  if (joules < 100_000) return `${integers.format(joules)} J`;
  if (joules < 1e6) return `${integers.format(joules / 1000)} kJ`;
  return `${(joules / 1e6).toFixed(2)} MJ`;
}

/** Formats a time of day in the browser's time zone, as `12:53:21`. */
export function formatTime(ts: number): string {
  const date = new Date(ts);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
}

export function formatTimeMs(ts: number): string {
  return `${formatTime(ts)}.${`${Math.floor(ts) % 1000}`.padStart(3, '0')}`;
}

/** Shortens an identifier to its first 8 and last 4 characters. */
export function shortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)}`;
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
