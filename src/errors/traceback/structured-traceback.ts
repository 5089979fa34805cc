import { CAUSE, CONTEXT, START } from './lines.js';

/** Key of the exceptions of a log in which a traceback is no text, such as structlog's `dict_tracebacks`. */
export const STRUCTURED = '"exc_type"';
const MAX_FRAMES = 200;
const MAX_CHAIN = 16;

interface Exception {
  readonly exc_type?: unknown;
  readonly exc_value?: unknown;
  readonly is_cause?: unknown;
  readonly frames?: unknown;
}

/** Returns the traceback of a list of exceptions as text, the last one that was raised first, or `undefined` for another value. */
export function structuredTraceback(value: unknown): string | undefined {
  if (!Array.isArray(value) || typeof (value[0] as Exception | undefined)?.exc_type !== 'string')
    return undefined;
  const chain = (value as readonly Exception[]).slice(0, MAX_CHAIN);
  return chain
    .map((each) =>
      each.is_cause === true ? `${textOf(each)}\n\n${CAUSE}\n\n` : `${textOf(each)}\n\n${CONTEXT}\n\n`,
    )
    .map((text, i) => (i === 0 ? textOf(chain[0] ?? {}) : text))
    .reverse()
    .join('');
}

function textOf({ exc_type: type, exc_value: message, frames }: Exception): string {
  const places = (Array.isArray(frames) ? frames.slice(-MAX_FRAMES) : []).map(
    (each: { readonly filename?: unknown; readonly lineno?: unknown; readonly name?: unknown } | null) =>
      `  File "${each?.filename}", line ${each?.lineno}, in ${each?.name}`,
  );
  // Further lines of a message are indented: they are no output of the program.
  const text = String(message ?? '').replaceAll('\n', '\n  ');
  return [`${START}:`, ...places, text === '' ? String(type) : `${String(type)}: ${text}`].join('\n');
}
