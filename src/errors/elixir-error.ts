import type { PythonError } from './python-error.js';

/** An error struct as Elixir prints it: `%Snakepit.Error.ValueError{message: "…", …}`. Its last name is the class in Python. */
const STRUCT = /^%(?:Elixir\.)?(?:[A-Z]\w{0,63}\.){0,7}([A-Z]\w{0,63})\{/;
/** Name of the structs of errors that have no class in Python. */
const GENERAL = 'Error';
const MESSAGE = /\bmessage: "((?:[^"\\]|\\.)*)/s;
const ESCAPE = /\\(.)/gs;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Returns the Python error in an error that Elixir has printed: the class and the message of its struct, or the text itself. */
export function readElixirError(text: string): PythonError {
  const [, struct] = STRUCT.exec(text) ?? [];
  const [, message] = struct === undefined ? [] : (MESSAGE.exec(text) ?? []);
  return {
    ...(struct === undefined || struct === GENERAL ? undefined : { type: struct }),
    message: message?.replace(ESCAPE, (_, letter: string) => ESCAPED[letter] ?? letter) ?? text,
  };
}
