import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { watchChildProcess } from '../../src/bridge/child-process.js';
import { fakeTime } from '../helpers/fake-time.js';
import { collectErrors, errorsOf, start, summary } from '../helpers/python-events.js';

const OOM = 'CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 8.00 GiB';
const python = async (code: string, env?: NodeJS.ProcessEnv) =>
  (await errorsOf('python3', ['-c', code], env)).events;
const summaries = async (code: string) => (await python(code)).map(summary);
/** Python that prints the lines of `text()` with the prefix that `prefix(i)` returns. */
const printed = (text: string, prefix: string) =>
  `import sys\nfor i, line in enumerate(${JSON.stringify(text)}.split('\\n')):\n  print(${prefix} + line, file=sys.stderr)`;
const TRACEBACK = `Traceback (most recent call last):\n  File "worker.py", line 3, in run\n    step()\n`;

describe('the message of a traceback', () => {
  test('ends where the program prints something else', async () => {
    const events = await python(
      "import sys, traceback\ntry:\n  raise ValueError('bad config')\nexcept ValueError:\n  traceback.print_exc()\nprint('step 1 done', file=sys.stderr)\nprint('retry: mat1 and mat2 shapes cannot be multiplied (3x4 and 5x6)', file=sys.stderr)",
    );
    expect(events.map(summary)).toEqual(['python_exception ValueError']);
    expect(events[0]?.metadata.message).toBe('bad config');
  });

  test('ends although a progress bar goes on, and the event follows at once', async () => {
    const events = collectErrors();
    const child = start('python3', [
      '-c',
      "import sys, time, traceback\ntry:\n  raise ValueError('bad')\nexcept ValueError:\n  traceback.print_exc()\nfor i in range(2000):\n  sys.stderr.write(f'\\r{i:4}%|###   | {i}/2000'); sys.stderr.flush(); time.sleep(0.03)",
    ]);
    watchChildProcess(child);
    let bytesBefore = 0;
    child.stderr?.on('data', (chunk: Buffer) => {
      if (events.length === 0) bytesBefore += chunk.length;
    });
    await vi.waitFor(() => expect(events).toHaveLength(1), 20_000);
    expect(events[0]?.metadata.message).toBe('bad');
    expect(child.exitCode).toBeNull();
    expect(bytesBefore).toBeLessThan(1500);
  });

  test('can be 40 KB on one line, with the reason at its end', async () => {
    const events = await python(`raise RuntimeError('x' * 40000 + ' ${OOM}')`);
    expect(events).toMatchObject([
      {
        name: 'snakepit.error.oom',
        measurements: { requested_bytes: 2 ** 31 },
        metadata: { device: 'cuda:1' },
      },
    ]);
  });

  test('can be 40 KB on many lines, with the reason at its end', async () => {
    const events = await python(
      `raise RuntimeError('\\n'.join([f'line {i}' for i in range(4000)] + ['${OOM}']))`,
    );
    expect(events).toMatchObject([{ name: 'snakepit.error.oom', metadata: { device: 'cuda:1' } }]);
  });

  test('has several lines if another exception was raised from it', async () => {
    const events = await python(
      `try:\n  raise RuntimeError('step failed\\n${OOM}')\nexcept RuntimeError as error:\n  raise ValueError('job failed') from error`,
    );
    expect(events).toMatchObject([{ name: 'snakepit.error.oom', metadata: { device: 'cuda:1' } }]);
  });

  test('has the lines that name what was expected and found', async () => {
    const events = await python(
      "import sys, traceback\ntry:\n  raise ValueError('fused_add failed: shapes differ\\nexpected: (3, 4)\\ngot: (5, 6)')\nexcept ValueError:\n  traceback.print_exc()\nprint('found 3 GPUs', file=sys.stderr)",
    );
    expect(events).toMatchObject([
      { name: 'snakepit.error.shape_mismatch', metadata: { expected: [3, 4], got: [5, 6] } },
    ]);
  });

  test('can have lines that are empty, indented or a continuation of a library', async () => {
    const message = `CUDA error: out of memory\\nCUDA kernel errors might be asynchronously reported at some other API call\\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\\n\\n  indented`;
    const [event] = await python(`import builtins\nraise KeyError from RuntimeError('${message}')`);
    expect(event?.metadata.type).toBe('KeyError');
    const [error] = await python(
      `raise type('Unsupported', (Exception,), {})('${message.replace('CUDA error: out of memory', 'no')}')`,
    );
    expect(error?.metadata.message).toBe(
      message.replace('CUDA error: out of memory', 'no').replaceAll('\\n', '\n'),
    );
  });
});

test.each([
  [
    '<locals>',
    "def f():\n  class Bad(Exception): pass\n  raise Bad('x')\nf()",
    ['python_exception f.<locals>.Bad'],
  ],
  ['lower case', "class boom(Exception): pass\nraise boom('x')", ['python_exception boom']],
  [
    'letters that are not ASCII',
    "class Fehlerübung(Exception): pass\nraise Fehlerübung('x')",
    ['python_exception Fehlerübung'],
  ],
  [
    'the class of the task in Ray',
    `E = type('RayTaskError(OutOfMemoryError)', (Exception,), {'__module__': 'ray.exceptions'})\nraise E('ray::f() (pid=7, ip=10.0.0.1)\\n  File "a.py", line 1, in f\\ntorch.OutOfMemoryError: ${OOM}')`,
    ['oom'],
  ],
])('reads a class with %s', async (_, code, expected) => {
  expect(await summaries(code)).toEqual(expected);
});

describe('output recorded from real programs', () => {
  test.each([
    ['python-3.13-colors.txt', ['oom']],
    ['python-3.13-group-colors.txt', ['python_exception KeyError', 'oom']],
    ['loguru.txt', ['oom']],
    ['rich.txt', ['oom']],
    ['rich-colors.txt', ['oom']],
    ['rich-group.txt', ['python_exception KeyError', 'oom']],
    ['terminate.txt', ['oom']],
    ['json-logger.txt', ['shape_mismatch']],
    ['structlog.txt', ['python_exception IndexError']],
    ['absl.txt', ['oom', 'python_exception ValueError']],
    ['celery.txt', ['device']],
    ['pytest.txt', ['shape_mismatch', 'oom']],
    ['gunicorn.txt', ['oom', 'oom']],
    ['uvicorn.txt', ['python_exception KeyError', 'shape_mismatch', 'shape_mismatch']],
    [
      'ipython.txt',
      ['python_exception KeyError', 'python_exception ModuleNotFoundError', 'python_exception SyntaxError'],
    ],
    // Ray prints the failures of the other processes once, as repeats.
    ['ray.txt', ['oom', 'oom', 'oom', 'oom', 'shape_mismatch', 'oom']],
  ])('is read: %s', async (file, expected) => {
    const path = fileURLToPath(new URL(`../fixtures/python-errors/recorded/${file}`, import.meta.url));
    const { events } = await errorsOf('sh', ['-c', `cat "${path}" >&2`]);
    expect(events.map(summary)).toEqual(expected);
  });
});

describe('an exception group', () => {
  const CLASSES = `class OutOfMemoryError(RuntimeError): pass\nOutOfMemoryError.__module__ = 'torch'\noom = OutOfMemoryError('${OOM}')\n`;

  test('yields each of its members once, whatever groups they are in', async () => {
    expect(
      await summaries(
        `${CLASSES}raise ExceptionGroup('outer', [ExceptionGroup('inner', [KeyError('x')]), oom])`,
      ),
    ).toEqual(['python_exception KeyError', 'oom']);
  });

  test('from which an exception is raised is its cause', async () => {
    expect(
      await summaries(
        `${CLASSES}try:\n  raise ExceptionGroup('many', [KeyError('x'), oom])\nexcept ExceptionGroup as group:\n  raise ValueError('job failed') from group`,
      ),
    ).toEqual(['oom']);
  });

  test('that is raised from an exception yields its members alone', async () => {
    expect(
      await summaries(
        "try:\n  raise KeyError('x')\nexcept KeyError as error:\n  raise ExceptionGroup('many', [ValueError('a\\nb'), TypeError('c')]) from error",
      ),
    ).toEqual(['python_exception ValueError', 'python_exception TypeError']);
  });
});

test.each([
  [
    'concurrent.futures',
    'from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor(1).submit(fail).result()',
  ],
  ['multiprocessing', 'from multiprocessing import Pool\nPool(1).apply(fail)'],
])('a failure in a process of %s is one event', async (_, run) => {
  const directory = await mkdtemp(join(tmpdir(), 'snakepit-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'worker.py');
  await writeFile(
    path,
    `def fail():\n  raise RuntimeError('${OOM}')\nif __name__ == '__main__':\n  ${run.replaceAll('\n', '\n  ')}\n`,
  );
  const { events } = await errorsOf('python3', [path]);
  expect(events.map(summary)).toEqual(['oom']);
});

describe('lines with a prefix', () => {
  test.each([
    ['a pod', 'f\'2026-01-01T10:00:0{i}.{"1" * (9 - i)}Z stderr F \''],
    ['journald', "f'Jan 01 10:00:0{i} host python[123]: '"],
    ['vLLM', "f'(EngineCore pid=42) ERROR 07-29 21:48:5{i} [core.py:{98 + i}] '"],
    ['a padded column', 'f\'{f"[core.py:{98 + i}]":15}\''],
    ['Ray', "'(f pid=7, ip=10.0.0.1) '"],
    ['torchrun without a space', "'[default0]:'"],
    ['docker compose', "'worker-1  | '"],
    ['carriage returns', "'\\r'"],
  ])('are read: %s', async (_, prefix) => {
    const events = await python(printed(`${TRACEBACK}RuntimeError: ${OOM}`, prefix));
    expect(events).toMatchObject([{ name: 'snakepit.error.oom', metadata: { device: 'cuda:1' } }]);
  });

  test('of ranks may be mixed', async () => {
    const lines = (rank: number, error: string) =>
      [...TRACEBACK.trimEnd().split('\n'), error].map((line) => `[rank${rank}]: ${line}`);
    const first = lines(0, 'ValueError: zero');
    const second = lines(1, `torch.OutOfMemoryError: ${OOM}`);
    const mixed = first.flatMap((line, i) => [line, second[i]]).join('\n');
    expect(await summaries(printed(mixed, "''"))).toEqual(['python_exception ValueError', 'oom']);
  });

  test('may have lines of others between the frames', async () => {
    const log =
      '[W1126 10:00:00.000 ProcessGroup.cpp:12] Warning: slow\nI0000 00:00:1700.000 cuda.cc:1] ready\nWARNING: late\n';
    for (const prefix of ["''", "'[rank0]: '"]) {
      expect(
        await summaries(
          printed(`${TRACEBACK}${log}  File "b.py", line 1, in f\n    g()\nValueError: bad`, prefix),
        ),
      ).toEqual(['python_exception ValueError']);
    }
  });

  test('may begin after an unfinished line', async () => {
    const bar = '  0%|          | 0/10 [00:00<?, ?it/s]';
    expect(await summaries(printed(`${bar}${TRACEBACK}ValueError: bad`, "''"))).toEqual([
      'python_exception ValueError',
    ]);
  });

  test('may end in carriage returns', async () => {
    expect(
      await summaries(
        "import io, sys, traceback\nsys.stderr = io.TextIOWrapper(sys.stderr.buffer, newline='\\r\\n')\ntry:\n  raise ValueError('a\\n  b')\nexcept ValueError:\n  traceback.print_exc()",
      ),
    ).toEqual(['python_exception ValueError']);
  });
});

describe('what Python prints about failures that nothing catches', () => {
  test.each([
    [
      'a task whose result is never read, and a callback',
      `import asyncio, gc\nasync def fail(): raise RuntimeError('${OOM}')\nasync def main():\n  task = asyncio.create_task(fail())\n  await asyncio.sleep(0.01)\n  del task\n  gc.collect()\n  asyncio.get_running_loop().call_soon(lambda: 1 / 0)\n  await asyncio.sleep(0.01)\nasyncio.run(main())`,
      ['oom', 'python_exception ZeroDivisionError'],
    ],
    [
      'threads, which fail alike',
      `import threading\ndef fail(): raise RuntimeError('${OOM}')\nfor _ in range(2):\n  thread = threading.Thread(target=fail)\n  thread.start()\n  thread.join()`,
      ['oom', 'oom'],
    ],
    [
      'a process that was forked',
      `import multiprocessing\nmultiprocessing.set_start_method('fork')\ndef fail(): raise RuntimeError('${OOM}')\nprocess = multiprocessing.Process(target=fail)\nprocess.start()\nprocess.join()`,
      ['oom'],
    ],
    [
      'a finalizer, which does not fail the program',
      "class A:\n  def __del__(self): raise ValueError('late')\nA()",
      [],
    ],
    [
      'warnings and logs that only name errors',
      "import logging, warnings\nwarnings.warn('CUDA out of memory. Tried to allocate 2 GiB', RuntimeWarning)\nlogging.error('RuntimeError: out of memory')",
      [],
    ],
    [
      'the stacks of a crash, which is a worker.crash',
      'import faulthandler, os, signal\nfaulthandler.enable()\nos.kill(os.getpid(), signal.SIGSEGV)',
      [],
    ],
  ])('is read: %s', async (_, code, expected) => {
    expect(await summaries(code)).toEqual(expected);
  });

  test('ends before a stack that the program prints next', async () => {
    const [event] = await python(
      "import subprocess, traceback\ntry:\n  subprocess.run(['false'], check=True)\nexcept Exception:\n  traceback.print_exc()\ntraceback.print_stack()",
    );
    expect(event?.metadata.message).toBe("Command '['false']' returned non-zero exit status 1.");
  });

  test.each([
    "'%(asctime)s %(levelname)s %(name)s: %(message)s'",
    "'[%(levelname)s] %(asctime)s,%(process)d %(filename)s:%(lineno)d - %(message)s'",
    "'%(message)s'",
    "'%(levelname).1s%(asctime)s %(process)d] %(message)s'",
  ])('is read from a log in the format %s', async (format) => {
    expect(
      await summaries(
        `import logging\nlogging.basicConfig(format=${format})\ntry:\n  raise RuntimeError('${OOM}')\nexcept RuntimeError:\n  logging.exception('step failed')\nlogging.warning('retrying')`,
      ),
    ).toEqual(['oom']);
  });

  test('ends where another process prints', async () => {
    const ray = `${TRACEBACK}ray.exceptions.RayTaskError(ValueError): ray::g() (pid=7, ip=10.0.0.1)\nValueError: bad\n(f pid=9) RuntimeError: ${OOM}`;
    expect(await summaries(printed(ray, "''"))).toEqual([
      'python_exception ray.exceptions.RayTaskError(ValueError)',
    ]);
  });
});

describe('a traceback in a wrapper', () => {
  const FAIL = `import json, sys, traceback\ntry:\n  raise RuntimeError('${OOM}')\nexcept RuntimeError as error:\n  text = traceback.format_exc()\n  failure = error\nwrite = lambda line: sys.stderr.write(line + '\\n')\n`;
  const frames = "[{'filename': 'a.py', 'lineno': 3, 'name': 'run'}]";

  test.each([
    [
      'lines of Docker, cut into parts',
      "for line in text.splitlines(True):\n  for at in range(0, len(line), 16):\n    write(json.dumps({'log': line[at:at + 16], 'stream': 'stderr'}, separators=(',', ':')))",
    ],
    [
      'lines of a container runtime, cut into parts',
      'for line in text.splitlines():\n  for at in range(0, len(line), 16):\n    write(f\'2026-01-01T00:00:00.00000000{at % 9}Z stderr {"P" if at + 16 < len(line) else "F"} {line[at:at + 16]}\')',
    ],
    ['a list of its lines', "write(json.dumps({'level': 'ERROR', 'exc_info': text.splitlines()}))"],
    [
      'values without its text',
      `write(json.dumps({'event': 'failed', 'exception': [{'exc_type': 'ValueError', 'exc_value': 'job\\nfailed', 'is_cause': False, 'frames': ${frames}}, {'exc_type': 'RuntimeError', 'exc_value': str(failure), 'is_cause': True, 'frames': ${frames}}]}))`,
    ],
    ['the representation of a string', "write('worker failed: ' + repr(text))"],
    ['the representation of bytes', "write(f'stderr={text.encode()!r}, code=1')"],
    ['UTF-16', "sys.stderr.buffer.write(text.encode('utf-16'))"],
    [
      'null characters',
      "sys.stderr.buffer.write(b'\\0\\0' + text.replace('Runtime', '\\0Runtime').encode())",
    ],
    [
      'the message of the exception that was raised for it',
      "class RemoteError(Exception): pass\ntry: raise RemoteError('\\n' + text)\nexcept RemoteError: traceback.print_exc()",
    ],
    [
      "the message of PyTorch's DataLoader",
      "raise RuntimeError('Caught RuntimeError in DataLoader worker process 0.\\nOriginal ' + text) from None",
    ],
    [
      'boxes that are narrower than the line between two exceptions',
      "box = ['\u256d\u2500 Traceback (most recent call last) \u2500\u256e', '\u2502 in run:3                           \u2502', '\u2570' + '\u2500' * 35 + '\u256f']\nlink = ['', 'The above exception was the direct cause of', 'the following exception:', '']\nsys.stderr.reconfigure(encoding='utf-8')\nwrite('\\n'.join([*box, f'RuntimeError: {failure}', *link, *box, 'ValueError: job']))",
    ],
  ])('is one event: %s', async (_, code) => {
    const events = await python(FAIL + code);
    expect(events).toMatchObject([{ name: 'snakepit.error.oom', metadata: { device: 'cuda:1' } }]);
  });

  test('is not taken for the message of an exception that has none', async () => {
    expect(
      await summaries(
        `import traceback\nfor error in (MemoryError(), MemoryError(), ValueError('bad')):\n  try: raise error\n  except Exception: traceback.print_exc()`,
      ),
    ).toEqual(['oom', 'oom', 'python_exception ValueError']);
  });
});

test('a syntax error of the script itself, which has no header, is one event', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'snakepit-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'bad.py'), 'def f(:\n  pass\n');
  await writeFile(join(directory, 'good.py'), 'import bad\n');
  for (const script of ['bad.py', 'good.py']) {
    const { events } = await errorsOf('python3', [join(directory, script)]);
    expect(events.map(summary)).toEqual(['python_exception SyntaxError']);
  }
});

describe('a failure that is printed twice', () => {
  const RUN = `import logging, sys\ndef run():\n  raise RuntimeError('${OOM}')\n`;

  test('to a log and by raising it on is one event', async () => {
    expect(
      await summaries(`${RUN}try:\n  run()\nexcept RuntimeError:\n  logging.exception('failed')\n  raise`),
    ).toEqual(['oom']);
  });

  test('with the prefix of a log, as vLLM does, is one event', async () => {
    const log = `${TRACEBACK}RuntimeError: ${OOM}`;
    const code = `${printed(log, "'(EngineCore pid=42) ERROR 07-29 21:48:50 [core.py:98] '")}\n${printed(`Process EngineCore:\n${log}`, "'(EngineCore pid=42) '")}`;
    expect(await summaries(code)).toEqual(['oom']);
  });

  test('within the report of a launcher, as torchrun does, is one event', async () => {
    const report = `[rank1]: ${`${TRACEBACK}RuntimeError: ${OOM}`.replaceAll('\n', '\n[rank1]: ')}
E1126 10:00:06.200000 4711 site-packages/torch/distributed/elastic/multiprocessing/api.py:874] failed (exitcode: 1) local_rank: 1
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/torch/distributed/launcher/api.py", line 277, in launch_agent
    raise ChildFailedError(
torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
============================================================
Root Cause (first observed failure):
[0]:
  rank      : 1 (local_rank: 1)
  traceback : Traceback (most recent call last):
    File "worker.py", line 3, in run
      step()
  RuntimeError: ${OOM}
  
============================================================`;
    expect(await summaries(printed(report, "''"))).toEqual(['oom']);
  });

  test('is two events if it happened twice', async () => {
    expect(
      await summaries(
        `${RUN}for i in range(2):\n  try:\n    run()\n  except RuntimeError:\n    logging.exception('failed')`,
      ),
    ).toEqual(['oom', 'oom']);
  });
});

test('4 MB of binary stderr reach the host unchanged', async () => {
  const code =
    "import hashlib, os, sys\ndata = os.urandom(4 << 20)\nsys.stderr.buffer.write(data)\nsys.stderr.flush()\nopen(os.environ['HASH'], 'w').write(hashlib.sha256(data).hexdigest())";
  const directory = await mkdtemp(join(tmpdir(), 'snakepit-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'hash');
  const { events, stderr } = await errorsOf('python3', ['-c', code], { HASH: path });
  expect(events).toEqual([]);
  const { readFile } = await import('node:fs/promises');
  expect(createHash('sha256').update(stderr).digest('hex')).toBe(await readFile(path, 'utf8'));
});

test('the event of a traceback is published within 200 ms of its last line', async () => {
  const events = collectErrors();
  const child = start('python3', [
    '-c',
    'import sys, time, traceback\ntry:\n  1/0\nexcept Exception:\n  traceback.print_exc()\ntime.sleep(60)',
  ]);
  watchChildProcess(child);
  const [before] = await Promise.all([once(child.stderr ?? child, 'data').then(() => performance.now())]);
  await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 20_000, interval: 5 });
  // The limit allows for a busy machine.
  expect(performance.now() - before).toBeLessThan(1000);
});

test('the event of a traceback is published 200 ms after its last line at the latest', async () => {
  const events = collectErrors();
  const stderr = new PassThrough();
  watchChildProcess(Object.assign(new EventEmitter(), { stderr }));
  stderr.resume();
  await once(stderr, 'resume');
  fakeTime();
  stderr.write(`${TRACEBACK}RuntimeError: ${OOM}\n`);
  await setImmediate();
  expect(events).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(events.map(summary)).toEqual(['oom']);
});
