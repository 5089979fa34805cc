import { basename } from 'node:path';
import { singleLine } from '../../common/single-line.js';
import { isPython } from './python-program.js';
import { commandsOf } from './shell-commands.js';

const MAX_NAME_LENGTH = 128;
const INLINE = '<inline>';
const STDIN = '<stdin>';

/** File that `PythonShell.runString()` writes. https://github.com/extrabacon/python-shell/blob/master/index.ts */
const RUN_STRING_FILE = /^pythonShellFile\d+\.py$/;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
/** Programs that run the command in their arguments. */
const LAUNCHERS = new Set(['command', 'env', 'exec', 'nohup', 'time']);
/** Programs that run the command after `run` in an environment of Python. */
const RUNNERS = new Set(['conda', 'hatch', 'mamba', 'micromamba', 'pdm', 'pipenv', 'pixi', 'poetry', 'uv']);

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
export function pythonCommand(words: readonly string[]): PythonCommand | undefined {
  for (const command of commandsOf(words)) {
    const found = readCommand(command);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readCommand(words: readonly string[]): PythonCommand | undefined {
  const at = words.findIndex((word) => !ASSIGNMENT.test(word) && !LAUNCHERS.has(basename(word)));
  const [file = '', ...args] = at < 0 ? [] : words.slice(at);
  const program = nameOf(file);
  if (isPython(program)) return { program, script: scriptOf(args) };
  if (isScript(file)) return { program, script: program };
  if (!RUNNERS.has(program) || args[0] !== 'run') return undefined;
  const python = args.findIndex((arg) => isPython(basename(arg)) || isScript(arg));
  const target = args[python];
  if (target === undefined) return undefined;
  return isScript(target) ? { program, script: fileScript(target) } : readCommand(args.slice(python));
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
