import { type Context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';

/** Headers of the propagator, such as `traceparent`. */
export type Carrier = Readonly<Record<string, unknown>>;

/** Message with which a pool sends a task to a thread. It is piscina's own: the input of the task is one of its members. */
export interface TaskMessage {
  snakepitContext?: Carrier;
}

interface Port {
  postMessage: (this: Port, message: object, ...more: unknown[]) => void;
}

/** Returns true for a message that carries a context. */
export const hasContext = (message: TaskMessage): boolean => Object(message).snakepitContext !== undefined;

/** Returns the headers of a context; `undefined` if it has nothing to propagate. */
export function carrierOf(submitted: Context): Carrier | undefined {
  const carrier: Record<string, unknown> = {};
  propagation.inject(submitted, carrier);
  for (const _header in carrier) return carrier;
  return undefined;
}

/** Returns the context that a message carries. */
export const contextOf = ({ snakepitContext: carrier }: TaskMessage): Context =>
  carrier === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, carrier);

/**
 * Adds the headers to the next message that the port sends.
 *
 * @returns function that restores the port, unless the message was sent
 */
export function addToMessage(port: Port, carrier: Carrier): () => void {
  const original = port.postMessage;
  const isOwn = Object.hasOwn(port, 'postMessage');
  const replacement: Port['postMessage'] = function (message, ...more) {
    // To copy its input may call code of the host, which may submit another task to the same thread.
    restore();
    (message as TaskMessage).snakepitContext = carrier;
    original.call(this, message, ...more);
  };
  const restore = () => {
    if (port.postMessage !== replacement) return;
    if (isOwn) port.postMessage = original;
    else delete (port as Partial<Port>).postMessage;
  };
  port.postMessage = replacement;
  return restore;
}
