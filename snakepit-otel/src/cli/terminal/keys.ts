import { emitKeypressEvents, type Interface } from 'node:readline';
import type { ReadStream } from 'node:tty';

/** Time after which an escape byte is the key Esc, ms: sequences of other keys begin with it too. */
const ESCAPE_MS = 50;

/** A key by its name, as `up`, `return`, `escape`, `tab`, or the character that it types. */
export interface Key {
  readonly name: string;
  /** The character that it types; absent for other keys. */
  readonly character?: string;
  readonly shift: boolean;
  readonly ctrl: boolean;
}

interface Keypress {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/** Calls back for each key. */
export function onKey(input: ReadStream, listener: (key: Key) => void): void {
  // Only this property of an interface is read.
  emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  input.on(
    'keypress',
    (text: string | undefined, { name, ctrl = false, meta = false, shift = false }: Keypress) => {
      const isCharacter = text !== undefined && !ctrl && !meta && /^\P{C}$/u.test(text);
      const keyName = isCharacter ? text : name;
      if (keyName === undefined) return;
      listener({ name: keyName, shift, ctrl, ...(isCharacter ? { character: text } : undefined) });
    },
  );
  input.resume();
}
