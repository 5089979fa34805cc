import { basename } from 'node:path';
import { splitString, splitStringOf } from './env-split-string.js';
import { withoutExtension } from './python-program.js';

/** Words of a command that are read. */
const MAX_WORDS = 256;
const ENV = 'env';
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** How a launcher reads its arguments. */
interface Usage {
  /** Options whose value may be the next word. */
  readonly options: ReadonlySet<string>;
  /** Number of words before the command that are no options. */
  readonly operands: number;
}

const NO_OPTIONS: Usage = { options: new Set(), operands: 0 };

/** Programs, and words of shells, that run the command in their arguments, and have no options with a value. */
const PLAIN = [
  '!',
  '{',
  'busybox',
  'call',
  'ddtrace-run',
  'do',
  'else',
  'if',
  'nohup',
  'setsid',
  'then',
  'unbuffer',
  'until',
  'while',
];

/** Programs that run the command in their arguments: options with a value, and words that precede the command, in capital letters. */
const USAGES = {
  caffeinate: '-t -w',
  chrt: '-D -P -T PRIORITY',
  // It only finds the program that is the value.
  command: '-V -v',
  doas: '-C -u',
  'dumb-init': '-r --rewrite',
  [ENV]: '-C -P -S -a -u --argv0 --chdir --split-string --unset',
  exec: '-a',
  flock: '-E -w --conflict-exit-code --timeout FILE',
  gosu: 'USER',
  ionice: '-c -n --class --classdata',
  mpiexec: '-H -c -host -hostfile -n -np -x --host --hostfile --np',
  mpirun: '-H -c -host -hostfile -n -np -x --host --hostfile --np',
  nice: '-n --adjustment',
  numactl: '-C -N -i -m -p --cpunodebind --interleave --membind --physcpubind --preferred',
  'opentelemetry-instrument':
    '--exporter_otlp_endpoint --logs_exporter --metrics_exporter --service_name --traces_exporter',
  srun: '-A -G -J -N -c -e -n -o -p -t -w --cpus-per-task --gres --nodes --ntasks --partition --time',
  stdbuf: '-e -i -o --error --input --output',
  'su-exec': 'USER',
  sudo: '-C -D -R -T -g -h -p -r -t -u --chdir --group --host --prompt --user',
  taskset: 'MASK',
  time: '-f -o --format --output',
  timeout: '-k -s --kill-after --signal DURATION',
  tini: '-e -p',
  xargs: '-E -I -L -P -a -d -n -s --arg-file --delimiter --max-args --max-procs',
  'xvfb-run': '-e -f -n -p -s -w --auth-file --error-file --server-args --server-num --wait',
};

const LAUNCHERS: ReadonlyMap<string, Usage> = new Map([
  ...PLAIN.map((program) => [program, NO_OPTIONS] as const),
  ...Object.entries(USAGES).map(([program, text]) => [program, readUsage(text)] as const),
]);

function readUsage(text: string): Usage {
  const words = text.split(' ');
  const options = new Set(words.filter(isOption));
  return { options, operands: words.length - options.size };
}

/** Returns the command that a command runs, without launchers and assignments of variables: itself if it has none. */
export function launchedCommand(command: readonly string[]): readonly string[] {
  let words = command.slice(0, MAX_WORDS);
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    const launcher = withoutExtension(basename(word));
    const usage = LAUNCHERS.get(launcher);
    if (usage !== undefined) {
      at++;
      if (launcher === ENV) {
        words = withSplitStrings(words.slice(at), usage);
        at = 0;
      }
      at = afterOptions(words, at, usage);
    } else if (ASSIGNMENT.test(word)) at++;
    else break;
  }
  return words.slice(at);
}

/** Returns the arguments of `env` with the words of its options `-S` in place of these options; none if `env` refuses one. */
function withSplitStrings(args: readonly string[], { options }: Usage): string[] {
  let words = [...args];
  for (let at = 0; isOption(words[at] ?? ''); at++) {
    const word = words[at] ?? '';
    if (word === '--') break;
    const split = splitStringOf(word, words[at + 1], (letter) => options.has(`-${letter}`));
    if (split !== undefined) {
      const parts = splitString(split.text);
      if (parts === undefined) return [];
      words = [...parts, ...words.slice(at + split.words)].slice(0, MAX_WORDS);
      at = -1;
    } else if (takesNext(word, options)) at++;
  }
  return words;
}

/** Returns the position after the options and operands of a launcher. */
function afterOptions(words: readonly string[], first: number, { options, operands }: Usage): number {
  let at = first;
  let left = operands;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (isOption(word)) {
      if (takesNext(word, options)) at++;
    } else if (left > 0) {
      left--;
    } else break;
  }
  return at;
}

/** @param options options that have a value. Those of one letter may be joined, and the rest of the word is the value of the last */
export function takesNext(word: string, options: ReadonlySet<string>): boolean {
  if (options.has(word)) return true;
  if (word.startsWith('--')) return false;
  const letter = [...word].findIndex((each, index) => index > 0 && options.has(`-${each}`));
  return letter > 0 && letter === word.length - 1;
}

export function isOption(word: string): boolean {
  return word.startsWith('-');
}
