import { context, isSpanContextValid, type Span, trace } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { readTraceparent } from '../../common/traceparent.js';
import { workerContext } from '../../common/worker-context.js';

const TRACE_KEYS = ['TRACEPARENT', 'TRACESTATE'];
const CORRELATION_KEY = 'SNAKEPIT_CORRELATION_ID';

/** Returns the name of a variable, `NAME=value`. Windows ignores the case of names. */
const nameOf = (pair: string): string => {
  const name = pair.slice(0, pair.indexOf('='));
  return process.platform === 'win32' ? name.toUpperCase() : name;
};

/**
 * Returns the environment of a child process with the context of a span, so that spans in the child are below it. What this process
 * inherited is replaced, not only overridden: of two variables of a name, some programs read the first and some the last. The correlation
 * id of a request that the host has set for the child stays.
 *
 * @param pairs environment, as `NAME=value`
 * @returns `undefined` if it stays as it is: there is no span, or the host has put the child into another trace
 */
export const withSpanContext = catchErrors(
  'Passing the context to a child process',
  (pairs: unknown, span: Span): string[] | undefined =>
    isPairs(pairs) && isSpanContextValid(span.spanContext()) ? replaceContext(pairs, span) : undefined,
);

function replaceContext(pairs: readonly string[], span: Span): string[] | undefined {
  const own = ownVariables(pairs);
  const chosen = readTraceparent(own.get('TRACEPARENT') ?? '');
  if (chosen !== undefined && chosen.traceId !== span.spanContext().traceId) return undefined;
  const { env } = context.with(trace.setSpan(context.active(), span), workerContext);
  const replaced = own.has(CORRELATION_KEY) ? TRACE_KEYS : [...TRACE_KEYS, CORRELATION_KEY];
  return [
    ...pairs.filter((pair) => !replaced.includes(nameOf(pair))),
    ...Object.entries(env)
      .filter(([name]) => replaced.includes(name))
      .map(([name, value]) => `${name}=${value}`),
  ];
}

/** Returns the variables of the context that are not those of this process. */
function ownVariables(pairs: readonly string[]): Map<string, string> {
  const own = new Map<string, string>();
  for (const pair of pairs) {
    const name = nameOf(pair);
    if (!TRACE_KEYS.includes(name) && name !== CORRELATION_KEY) continue;
    const value = pair.slice(name.length + 1);
    if (value !== process.env[name]) own.set(name, value);
  }
  return own;
}

const isPairs = (pairs: unknown): pairs is readonly string[] =>
  Array.isArray(pairs) && pairs.every((pair) => typeof pair === 'string');
