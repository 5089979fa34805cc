import { join } from 'node:path';
// A default import: its members can be replaced, those of a namespace cannot.
import workerThreads, { type MessagePort } from 'node:worker_threads';
import { context } from '@opentelemetry/api';
import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';
import { optionsOf } from '../options/active-options.js';
import { restoreAll } from '../patching/restore-all.js';
import { type Method, wrapMethod } from '../patching/wrap-method.js';
import { callerOf } from './caller-of.js';
import { contextOf, hasContext, type TaskMessage } from './task-message.js';

const PROGRAM = join('piscina', 'dist', 'worker.js');
/** Name of the listener with which piscina receives tasks. */
const LISTENER = 'bound onMessage';
/** What receives the tasks that arrive at a port. */
const receivers = new WeakMap<object, Method>();
let isActive = false;

/**
 * Runs the tasks in a thread of a pool in the contexts that their messages carry.
 *
 * @returns function that stops
 */
export function continueContexts(): () => void {
  const isThread = !workerThreads.isMainThread && process.argv[1]?.endsWith(PROGRAM) === true;
  if (!isThread || optionsOf('piscina').enabled === false) return () => {};
  const restores = [
    () => {
      isActive = false;
    },
  ];
  try {
    restores.push(wrapMethod(workerThreads.MessagePort.prototype, 'on', receiveEvents));
    restores.push(wrapMethod(workerThreads, 'receiveMessageOnPort', receiveWhileBlocked));
    isActive = true;
  } catch (error) {
    // A host may have frozen the objects of Node.
    warnOnce(`Receiving the contexts of tasks of piscina failed: ${errorMessage(error)}`);
  }
  return restoreAll(restores);
}

/** Messages that wake an idle event loop. */
const receiveEvents = (original: Method): Method =>
  function on(event, listener, ...more) {
    if (event !== 'message' || !isFromPiscina(listener, on))
      return Reflect.apply(original, this, [event, listener, ...more]);
    const receive: Method = function (message) {
      return inContext(message as TaskMessage, () => listener.call(this, message));
    };
    receivers.set(this as MessagePort, receive);
    return Reflect.apply(original, this, [event, receive, ...more]);
  };

/** Messages that a thread reads because it has blocked its event loop. Piscina passes them to its listener in the same way. */
const receiveWhileBlocked = (original: Method): Method =>
  function (...args) {
    const port = args[0] as MessagePort;
    for (;;) {
      const entry = Reflect.apply(original, this, args) as { readonly message: unknown } | undefined;
      if (entry === undefined) return entry;
      const message = entry.message as TaskMessage;
      // The port has its listener already if the file of the task loads the instrumentation.
      if (!receivers.has(port) && hasContext(message))
        receivers.set(port, (later) => inContext(later as TaskMessage, () => port.emit('message', later)));
      const receive = receivers.get(port);
      if (receive === undefined) return entry;
      receive.call(port, message);
    }
  };

const inContext = (message: TaskMessage, run: () => unknown): unknown =>
  isActive ? context.with(contextOf(message), run) : run();

/** A listener of the host with that name must stay as it is, so that the host can remove it. @param on method that received it */
const isFromPiscina = (listener: unknown, on: Method): listener is Method =>
  typeof listener === 'function' && listener.name === LISTENER && callerOf(on)?.endsWith(PROGRAM) === true;
