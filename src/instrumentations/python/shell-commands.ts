import { basename } from 'node:path';
import { posixCommands } from './posix-commands.js';
import { windowsCommands } from './windows-commands.js';

const POSIX_SHELL = /^(?:ba|rba|da|z|k|mk|a|c|tc|fi)?sh$/;
/** Shells of Windows, each with the option that runs the arguments after it. PowerShell accepts the start of its name, too. */
const WINDOWS_SHELLS = [
  { program: /^cmd(?:\.exe)?$/i, option: /^\/c$/i },
  {
    program: /^(?:pwsh|powershell)(?:\.exe)?$/i,
    option: /^[-/]c(?:o(?:m(?:m(?:a(?:n(?:d)?)?)?)?)?)?$/i,
  },
];
/** Options of shells whose value is the next argument. */
const VALUE_OPTIONS = new Set(['--rcfile', '--init-file', '--init-command', '-C']);
/** Characters of a command line that are read. */
const MAX_LENGTH = 8192;
/** Most commands of shells run no Python. */
const MAY_BE_PYTHON = /py/i;

/**
 * Returns the commands in the text that a shell receives and that may be Python, each as its words; `undefined` for another program.
 *
 * @param words file of the process, and its arguments
 */
export function shellCommands(words: readonly string[]): readonly (readonly string[])[] | undefined {
  const [file = '', ...args] = words;
  const shell = basename(file);
  const windows = WINDOWS_SHELLS.find(({ program }) => program.test(shell));
  if (windows !== undefined) return commandsIn(windowsText(args, windows.option), windowsCommands);
  return POSIX_SHELL.test(shell) ? commandsIn(posixText(args), posixCommands) : undefined;
}

function commandsIn(
  text: string | undefined,
  split: (text: string) => readonly (readonly string[])[],
): readonly (readonly string[])[] | undefined {
  const start = text?.slice(0, MAX_LENGTH);
  return start === undefined ? undefined : MAY_BE_PYTHON.test(start) ? split(start) : [];
}

/** Returns the text of `cmd /d /s /c "text"`, or of `cmd /c program argument`. */
function windowsText(args: readonly string[], option: RegExp): string | undefined {
  const at = args.findIndex((arg) => option.test(arg));
  if (at < 0) return undefined;
  const [first = '', ...more] = args.slice(at + 1);
  if (more.length === 0) return first.replace(/^"(.*)"$/s, '$1');
  return [first, ...more].map((arg) => (/^[^"]*\s[^"]*$/.test(arg) ? `"${arg}"` : arg)).join(' ');
}

/** Returns the text of `sh -c text`: the first argument that is no option. https://www.gnu.org/software/bash/manual/html_node/Invoking-Bash.html */
function posixText(args: readonly string[]): string | undefined {
  let isText = false;
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--' || arg === '-') {
      at++;
      break;
    }
    if (!/^[-+]/.test(arg)) break;
    if (VALUE_OPTIONS.has(arg)) at++;
    else if (/^-[a-zA-Z]*c/.test(arg)) isText = true;
    // The names of options, such as `pipefail`.
    if (/^[-+][a-zA-Z]*$/.test(arg)) at += arg.replace(/[^oO]/g, '').length;
  }
  return isText ? args[at] : undefined;
}
