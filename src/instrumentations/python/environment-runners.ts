import { isOption, takesNext } from './launchers.js';
import { withoutExtension } from './python-program.js';

/** Options with a value that may look like Python, such as the name of an environment. */
const CONDA = new Set(['-n', '--name', '-p', '--prefix']);
const NONE: ReadonlySet<string> = new Set();

/** Programs that run the command after `run` in an environment of Python. */
const RUNNERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['conda', CONDA],
  ['hatch', new Set(['-e', '--env'])],
  ['mamba', CONDA],
  ['micromamba', CONDA],
  ['pdm', new Set(['-p', '--project'])],
  ['pipenv', new Set(['--python'])],
  ['pixi', new Set(['-e', '--environment'])],
  ['poetry', new Set(['-C', '--directory', '-P', '--project'])],
  ['rye', NONE],
  ['uv', new Set(['-p', '--python', '--with', '--with-editable', '--directory', '--project'])],
]);

/** Options of runners that run a module, as that of Python. */
const MODULE = new Set(['-m', '--module']);

/** Words of a runner that are read. */
const MAX_WORDS = 64;

/**
 * Returns the commands that a runner may run: the words from each on that can be the first one. Runners have too many options to know
 * which of them have a value.
 */
export function runnerCommands(program: string, args: readonly string[]): (readonly string[])[] {
  const options = RUNNERS.get(withoutExtension(program));
  if (options === undefined) return [];
  const words = args.slice(0, MAX_WORDS);
  const run = candidates(words, options).find((at) => words[at] === 'run');
  if (run === undefined) return [];
  const command = words.slice(run + 1);
  return candidates(command, options).map((at) =>
    MODULE.has(command[at - 1] ?? '') ? ['python', '-m', ...command.slice(at)] : command.slice(at),
  );
}

/** Returns the positions of words that are no options. All but the last may be values of the options before them. */
function candidates(words: readonly string[], options: ReadonlySet<string>): number[] {
  const found: number[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (isOption(word)) {
      if (takesNext(word, options)) at++;
      continue;
    }
    found.push(at);
    const before = words[at - 1] ?? '';
    if (!isOption(before) || before === '--') break;
  }
  return found;
}
