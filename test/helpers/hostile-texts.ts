import { randomFrom } from './random.js';

/** Pieces that match the beginnings of patterns: of messages, of secrets, of tracebacks and of escape sequences. */
const PIECES = [
  ' ',
  '\n',
  '\t',
  '.',
  ':',
  "'",
  '"',
  '`',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '=',
  '/',
  '\\',
  '-',
  '_',
  ',',
  'x',
  '1',
  '1,',
  '0x7f',
  '(1, 2',
  '[1, s4*s5, ',
  '{1,2}',
  'torch.Size([',
  'a.b',
  'A',
  'Ab',
  'é',
  '\ud800',
  '\x1b[',
  '\x1b]8;;',
  '\x1b[1;31m',
  '\r',
  'CUDA out of memory. ',
  'out of ',
  'memory ',
  'unable to allocate ',
  'allocate 1',
  '1.5 GiB ',
  'failed to ',
  'alloc',
  'may ',
  'larger than ',
  'exceeds ',
  'expected ',
  'but got ',
  'must match ',
  'must be ',
  'same ',
  'different ',
  'shape ',
  'size ',
  'dimension ',
  'number of ',
  'dtype ',
  'type ',
  'float32 ',
  'Half',
  'int',
  'cuda:0 ',
  'cpu ',
  'device ',
  'tensor ',
  'array ',
  'not ',
  'cannot ',
  'broadcast ',
  'does not match ',
  '3D ',
  'rank ',
  'ndim',
  '!=',
  ' vs ',
  'is invalid for input of size ',
  'prompt: ',
  "input_value='",
  'Got ',
  'If you ',
  '. Try ',
  'CUDA_ERROR_',
  'cudaError',
  'NCCL',
  'no ',
  'available ',
  'load ',
  '[[node ',
  '{{node ',
  'https://',
  'RuntimeError: ',
  'a.b.C: ',
  'Traceback (most recent call last):',
  '\n  File "a.py", line 1, in f',
  '+-+---------------- 1 ----------------',
  '    | ',
  '[rank0]: ',
  '2026-01-01T00:00:00.0Z ',
  '{"a":"',
  '\\n',
  '\\"',
  'password=',
  'token: ',
  'Bearer ',
  'eyJ',
  'sk-',
  'ghp_',
  'AKIA',
  '-----BEGIN ',
  '://u:',
  '@',
  '&sig=',
  'Authorization: ',
] as const;

/** Returns texts that repeat one to four random pieces up to the length, the same for the same seed. */
export function hostileTexts(count: number, length: number, seed = 20): string[] {
  const random = randomFrom(seed);
  const pick = () => PIECES[Math.floor(random() * PIECES.length)] ?? '';
  return Array.from({ length: count }, (_, i) => {
    // Every piece once alone, then mixtures.
    const unit =
      i < PIECES.length
        ? (PIECES[i] ?? '')
        : Array.from({ length: 2 + Math.floor(random() * 3) }, pick).join('');
    return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  });
}

/** Prefixes of lines. `$` stands for a number that differs from line to line. */
const LINE_PREFIXES = [
  '',
  '[rank$]: ',
  '[default$]:',
  '(f pid=$) ',
  '2026-01-01T00:00:00.$Z ',
  '(EngineCore pid=$) ERROR 07-29 21:48:5$ [core.py:11$]     ',
  '1-2-3-4-5-6-7-8-9-'.repeat(10),
  'x'.repeat(290),
  ' '.repeat(100),
  '\r',
  '\x1b[31m',
  '    | ',
  '{"a":"',
  '$$$$ ',
] as const;
/** Lines of tracebacks, and what resembles them. */
const LINES = [
  'Traceback (most recent call last):',
  '  + Exception Group Traceback (most recent call last):',
  '╭─── Traceback (most recent call last) ───╮',
  '╭─── Sub-exception #1 ───╮',
  '│ ╭─── Sub-exception #1 ───╮ │',
  "terminate called after throwing an instance of 'a'",
  'KeyError                                  Traceback (most recent call last)',
  '\\nTraceback (most recent call last):\\n  File \\"a\\"\\nE: x"}',
  '(most recent call last)',
  '  File "a.py", line 1, in f',
  '    run()',
  'ValueError: bad',
  'ValueError: expected:',
  'a.b.c.D(E): ',
  'step: 3',
  '',
  '+-+---------------- 1 ----------------',
  'The above exception was the direct cause of the following exception:',
  '"""',
  'SyntaxError: x',
  'Exception ignored in: <x>',
  ' 30%|###   | 1/3',
  'TELEMETRY:{',
] as const;

/** Returns the `i`-th text that repeats one to five random lines up to the length. */
export function hostileLines(i: number, length: number): string {
  const random = randomFrom(i);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  // Every line once alone with a number, then mixtures.
  const unit = Array.from({ length: i < LINES.length ? 1 : 1 + Math.floor(random() * 5) }, () =>
    i < LINES.length ? `(f pid=$) ${LINES[i]}` : pick(LINE_PREFIXES) + pick(LINES),
  );
  const numbers = random() < 0.6 ? 5000 : 1;
  let text = '';
  for (let line = 0; text.length < length; line++) {
    text += `${unit[line % unit.length]?.replaceAll('$', String(line % numbers))}\n`;
  }
  return text.slice(0, length);
}
