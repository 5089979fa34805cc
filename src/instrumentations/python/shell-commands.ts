import { basename } from 'node:path';

const POSIX_SHELL = /^(?:ba|da|z|k|a)?sh$/;
const CMD = /^cmd(?:\.exe)?$/i;
/** Characters of a command line that are read. */
const MAX_LENGTH = 8192;
/** A word with its quotes, an operator between commands or files, or a space. */
const TOKEN = /((?:[^\s"'\\;&|()<>]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)|([;&|()<>\n])|\s|["'\\]/gs;
const QUOTES = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs;

/**
 * Returns the commands in the text that a shell receives and that may be Python, each as its words; `undefined` for another program.
 *
 * @param words file of the process, and its arguments
 */
export function shellCommands(words: readonly string[]): readonly (readonly string[])[] | undefined {
  const text = shellText(words)?.slice(0, MAX_LENGTH);
  if (text === undefined) return undefined;
  // Most commands of shells run no Python.
  return /py/i.test(text) ? splitCommands(text) : [];
}

/** Returns the text of `sh -c text` or `cmd /d /s /c "text"`. */
function shellText([file = '', ...args]: readonly string[]): string | undefined {
  const shell = basename(file);
  if (CMD.test(shell)) {
    const at = args.findIndex((arg) => arg.toLowerCase() === '/c');
    return at < 0 ? undefined : args.at(at + 1)?.replace(/^"(.*)"$/s, '$1');
  }
  if (!POSIX_SHELL.test(shell)) return undefined;
  const at = args.findIndex((arg) => !/^-[a-z]*$/.test(arg) || arg.endsWith('c'));
  return args[at]?.startsWith('-') ? args[at + 1] : undefined;
}

/** Splits a command line as a shell does, without expansions. */
function splitCommands(text: string): string[][] {
  let current: string[] = [];
  const commands = [current];
  for (const [, word, operator] of text.matchAll(TOKEN)) {
    if (word !== undefined) {
      current.push(word.replace(QUOTES, (_, double, single, escaped) => double ?? single ?? escaped));
    } else if (operator !== undefined) {
      current = [];
      commands.push(current);
    }
  }
  return commands;
}
