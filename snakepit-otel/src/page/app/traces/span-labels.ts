import type { Span } from '../../contract.js';

export type SpanCategory = 'app' | 'python' | 'pool' | 'client';

/** Returns who did the work of a span: the application, Python, the pool of workers, or another service. */
export function spanCategory({ name, kind, attributes }: Span): SpanCategory {
  if (name.startsWith('snakepit.python.') || attributes['telemetry.sdk.language'] === 'python')
    return 'python';
  if (/^snakepit\.(pool|worker|grpc_worker|session|queue|hardware)\b/.test(name)) return 'pool';
  return kind === 'client' || kind === 'producer' ? 'client' : 'app';
}

/** Returns the name of a span without the part that all spans of Snakepit have. */
export function shortName(name: string): string {
  return name.replace(/^snakepit\.(python\.)?/, '');
}

/** Returns pool and worker of a span, unless its parent has the same. */
export function spanNote(span: Span, parent: Span | undefined): string {
  const note = poolAndWorker(span);
  return parent !== undefined && poolAndWorker(parent) === note ? '' : note;
}

function poolAndWorker({ attributes }: Span): string {
  return [attributes['snakepit.pool'], attributes['snakepit.worker_id']].filter(Boolean).join(' · ');
}
