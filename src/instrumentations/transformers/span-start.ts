import { callAttributes } from './gen-ai.js';
import type { LoadedModel, SpanStart } from './models.js';

/** Returns the start of a span, which is the same for all calls of a kind. */
export function spanStart(
  { name, attributes, spans }: LoadedModel,
  title: string,
  operation: string | undefined,
  task: string | undefined,
): SpanStart {
  const known = spans.get(title);
  if (known !== undefined && known.task === task) return known;
  const start: SpanStart = {
    task,
    name: `${title} ${name}`,
    attributes: {
      ...attributes,
      ...callAttributes(operation, name),
      ...(task !== undefined && { 'snakepit.task': task }),
    },
  };
  spans.set(title, start);
  return start;
}
