import type { PrintedException } from './traceback.js';

/** First line of a traceback. */
export const START = 'Traceback (most recent call last)';
/** Line between an exception and the one that was raised from it. */
export const CAUSE = 'The above exception was the direct cause of the following exception:';
/** Line between an exception and one that occurred while it was handled. */
export const CONTEXT = 'During handling of the above exception, another exception occurred:';
/** Printed before a traceback that does not propagate, such as an error in a finalizer. */
export const IGNORED = 'Exception ignored in';

/** Class, as of a nested class or of Ray's `RayTaskError(KeyError)`, and message. */
const EXCEPTION = /^([\p{L}_][\p{L}\p{M}\p{N}_.<>]{0,255}(?:\([\p{L}\p{N}_.]{1,100}\))?)(?:: ?(.*))?$/u;
const LEVEL = '(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|TRACE|NOTICE|TELEMETRY)';
/** Beginning of a line of a log or of telemetry. */
const LOG_LINE = new RegExp(
  `^(?:\\[?\\d{4}-\\d\\d-\\d\\d|\\[?\\d\\d:\\d\\d:\\d\\d|\\[?${LEVEL}\\b|[IWEF]\\d{4} \\d\\d:|\\[[A-Z]\\w{0,4} ?\\d{0,4} \\d\\d:|\\{"|\\w{3} {1,2}\\d{1,2} \\d\\d:\\d\\d:\\d\\d )`,
);
/** Level of a log line anywhere in its first characters. */
const LOGGED = /^.{0,120}?\b(?:ERROR|CRITICAL|FATAL|WARNING|Exception in)\b/;
const PROGRESS = /\d{1,3}%\|/;
/** Separators of the members of an exception group: `+-+--- 1 ---` before the first, `+------` after the last. */
const GROUP_RULE = /^\s{0,200}\+(-\+)?-{4,40}(?: (?:\d{1,6}|\.{3}) -{4,40})?$/;
const GROUP_MARGIN = /^\s{0,200}\| ?/;
/** Lines of a box that rich draws. */
const BOX = /^\s{0,20}[│|╭╰┌└├+❱]/;

/** Returns class and message if the line is the last one of a traceback. */
export function readException(line: string): PrintedException | undefined {
  const [, type, message = ''] = EXCEPTION.exec(line) ?? [];
  return type === undefined || isLogLine(line) ? undefined : { type, message };
}

/** False if the class may be another word before a colon: `step: 3`. */
export const isClassName = (type: string): boolean =>
  /[.\p{Lu}]/u.test(type) || /error|exception/i.test(type);

export const isLogLine = (line: string): boolean => LOG_LINE.test(line);
/** True if the line reports an error to a log: a traceback after it was logged, not raised. */
export const isLogged = (line: string): boolean => LOGGED.test(line);
export const isProgress = (line: string): boolean => PROGRESS.test(line);
export const isBox = (line: string): boolean => BOX.test(line);
export const isBlank = (line: string): boolean => line.trim() === '';
export const isIndented = (line: string): boolean => /^\s/.test(line);

/** Kind of the separator of an exception group, if the line is one. */
export function groupRule(line: string): 'first' | 'next' | undefined {
  const match = GROUP_RULE.exec(line);
  if (match === null) return undefined;
  return match[1] === undefined ? 'next' : 'first';
}

/** Returns the line of a member of an exception group without its margin, or `undefined` if it has none. */
export const withoutMargin = (line: string): string | undefined =>
  GROUP_MARGIN.test(line) ? line.replace(GROUP_MARGIN, '') : undefined;

/** True if the line is the place of a frame by IPython: `Cell In[1], line 3`, `File ~/a.py:12, in f(x)`, `<ipython-input-1-a> in f(x)`. */
export const isCellFrame = (line: string): boolean =>
  /^(?:Cell In|File |Input In|<ipython-input-|[~/]\S)/.test(line);
/** True if the line separates tracebacks by IPython. */
export const isCellRule = (line: string): boolean => /^-{60,100}$/.test(line);
/** Beginning of a line that a launcher marks as another process's: `(f pid=7) `, `[rank1]: `. */
const LAUNCHED =
  /^\((?:[^()\s]{1,100} )?pid=\d|^\((?:raylet|autoscaler|gcs_server)\b|^\[(?:default|rank)\d{1,6}\]:/;
export const isLaunched = (line: string): boolean => LAUNCHED.test(line);
/** True if the line is the place of a frame. */
export const isFrame = (line: string): boolean =>
  /^ {2}(?:File "[^"]{1,500}"|Cell In ?\[\d{1,7}\]), line \d{1,7}/.test(line);
