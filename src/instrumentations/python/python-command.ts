import { basename } from 'node:path';
import { singleLine } from '../../common/single-line.js';
import { runnerCommands } from './environment-runners.js';
import { launchedCommand } from './launchers.js';
import { isPython } from './python-program.js';
import { shellCommands } from './shell-commands.js';

const MAX_NAME_LENGTH = 128;
const INLINE = '<inline>';
const STDIN = '<stdin>';

/** File that `PythonShell.runString()` writes. https://github.com/extrabacon/python-shell/blob/master/index.ts */
const RUN_STRING_FILE = /^pythonShellFile\d+\.py$/;
/** Python launcher of Windows. */
const PY = /^pyw?(?:\.exe)?$/i;
/** Shells and runners inside of each other. */
const MAX_DEPTH = 4;

/** A command that runs Python. */
export interface PythonCommand {
  /** Name of the interpreter, or of the program that runs the script. */
  readonly program: string;
  /** Name of the script or module. It has no argument of the host. */
  readonly script: string;
}

/**
 * Returns the first Python program that a process runs; `undefined` if it runs none.
 *
 * @param words file of the process, and its arguments
 */
export const pythonCommand = (words: readonly string[]): PythonCommand | undefined =>
  readCommand(words, MAX_DEPTH);

function readCommand(words: readonly string[], depth: number): PythonCommand | undefined {
  const command = launchedCommand(words);
  const [file = '', ...args] = command;
  const program = nameOf(file);
  if (isPython(program) || PY.test(program)) return { program, script: scriptOf(args) };
  if (isScript(file)) return { program, script: fileScript(file) };
  const inShell = shellCommands(command);
  if (inShell !== undefined) return firstOf(inShell, depth);
  const found = firstOf(runnerCommands(program, args), depth);
  // The runner runs a script itself.
  return found !== undefined && isScript(found.program) ? { ...found, program } : found;
}

function firstOf(commands: readonly (readonly string[])[], depth: number): PythonCommand | undefined {
  if (depth === 0) return undefined;
  for (const command of commands) {
    const found = readCommand(command, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the script or module of the arguments of an interpreter. https://docs.python.org/3/using/cmdline.html */
function scriptOf(args: readonly string[]): string {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '-') return STDIN;
    if (arg === '--') return fileScript(args[at + 1]);
    if (!arg.startsWith('-')) return fileScript(arg);
    if (arg === '--check-hash-based-pycs') at += 1;
    if (arg.startsWith('--')) continue;
    // Options of one letter may be joined. The rest of the argument, or the next one, is the value of these.
    const letter = arg.search(/[cmWX]/);
    if (letter < 0) continue;
    const value = arg.slice(letter + 1) || args[at + 1];
    if (arg[letter] === 'c') return INLINE;
    if (arg[letter] === 'm') return nameOf(value ?? '');
    if (letter + 1 === arg.length) at += 1;
  }
  return STDIN;
}

function fileScript(file = ''): string {
  const name = nameOf(file);
  return RUN_STRING_FILE.test(name) ? INLINE : name;
}

const isScript = (file: string): boolean => /\.pyw?$/i.test(file);

const nameOf = (file: string): string => singleLine(basename(file), MAX_NAME_LENGTH);
