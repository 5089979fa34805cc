import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeNvml, fakeGpu, fakeNvml, noCompiler } from '../../../fakes/nvml.js';

// The exit of a process can only be observed from outside it.
const built = (file: string) => fileURLToPath(new URL(`../../../../dist/${file}`, import.meta.url));
let nvml: FakeNvml;

beforeEach(async ({ skip }) => {
  skip(noCompiler !== undefined, noCompiler);
  nvml = await fakeNvml({ gpus: [fakeGpu(0)] });
});
afterEach(() => nvml?.remove());

interface ExitResult {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Time from the call of `ending()` in the program to its exit, ms. */
  readonly ms: number;
}

const IMPORTS = {
  esm: `import { NvmlSource } from ${JSON.stringify(built('esm/gpu/sources/nvml/nvml-source.js'))};
    import { GPUProfiler } from ${JSON.stringify(built('esm/gpu/profiler.js'))};`,
  cjs: `const { NvmlSource } = require(${JSON.stringify(built('cjs/gpu/sources/nvml/nvml-source.js'))});
    const { GPUProfiler } = require(${JSON.stringify(built('cjs/gpu/profiler.js'))});`,
};

function run(
  program: string,
  format: 'esm' | 'cjs' = 'esm',
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ExitResult> {
  const type = `--input-type=${format === 'esm' ? 'module' : 'commonjs'}`;
  const text = `${IMPORTS[format]}
    const source = new NvmlSource(${JSON.stringify(nvml.library)});
    const sample = () => source.sample(new AbortController().signal);
    // A sample does not keep the process alive, so a timer does.
    const untilSettled = (work) => { const timer = setInterval(() => {}, 1000); return work().finally(() => clearInterval(timer)); };
    const ending = () => console.log('ending', Date.now());
    ${program}`;
  return new Promise((resolve) => {
    const options = { timeout: 10_000, env: { PATH: process.env.PATH, ...env } };
    execFile(process.execPath, [...args, type, '--eval', text], options, (error, stdout, stderr) => {
      const endingAt = Number(/^ending (\d+)$/m.exec(stdout)?.[1]);
      resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr, ms: Date.now() - endingAt });
    });
  });
}

describe.each(['esm', 'cjs'] as const)('in the %s build', (format) => {
  it('starts and ends the thread', async () => {
    const { stdout, stderr, code } = await run(
      `untilSettled(async () => {
         console.log((await sample()).readings[0].name);
         await source.close();
         console.log('closed');
       });`,
      format,
    );
    expect({ stdout, stderr, code }).toEqual({ stdout: 'Fake GPU 80GB\nclosed\n', stderr: '', code: 0 });
  });

  it('does not keep the process alive with an open source', async () => {
    const ended = await run('untilSettled(sample).then(() => { process.exitCode = 4; ending(); });', format);
    expect(ended).toMatchObject({ code: 4, stderr: '' });
    expect(ended.ms).toBeLessThan(1500);
  });
});

describe('while the driver hangs', () => {
  const LATER = 'setTimeout(() => {';
  beforeEach(async () => {
    await nvml.script({ gpus: [fakeGpu(0, { hangs: ['nvmlDeviceGetPowerUsage'] })] });
  });

  it('exits with the code of process.exit(), after printing all output', async () => {
    const ended = await run(`void sample();
      ${LATER}
        process.on('exit', () => console.log('last'));
        console.log('x'.repeat(50_000));
        ending();
        process.exit(3);
      }, 300);`);
    expect(ended.code).toBe(3);
    expect(ended.stdout).toHaveLength(50_000 + '\nending 1234567890123\nlast\n'.length);
    expect(ended.ms).toBeLessThan(1500);
  });

  it('exits when the process has nothing left to do', async () => {
    const ended = await run(`void sample(); ${LATER} ending(); }, 300);`);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.ms).toBeLessThan(1500);
  });

  it('exits after an uncaught error and prints the error', async () => {
    const ended = await run(
      `void sample(); ${LATER} ending(); throw new RangeError('of the host'); }, 300);`,
    );
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('RangeError: of the host') });
    expect(ended.ms).toBeLessThan(1500);
  });

  it('does not print an uncaught error that the host handles', async () => {
    const ended = await run(`void sample();
      process.on('uncaughtException', () => {});
      setTimeout(() => { throw new Error('handled'); }, 200);
      ${LATER} ending(); process.exit(5); }, 300);`);
    expect(ended).toMatchObject({ code: 5, stderr: '' });
  });

  it('exits after the shutdown of a profiler', async () => {
    const ended = await run(`
      const profiler = new GPUProfiler({ source, intervalMs: 100 });
      ${LATER} profiler.shutdown().then(() => { ending(); process.exit(6); }); }, 300);`);
    expect(ended.code).toBe(6);
    expect(ended.ms).toBeLessThan(1500);
  });
});

it('does not run modules in the thread that the host preloads', async () => {
  const printing = (number: number) => `data:text/javascript,console.log(${number})`;
  const { stdout } = await run(
    'untilSettled(sample).then(({ readings }) => console.log(readings.length));',
    'esm',
    ['--import', printing(7)],
    { NODE_OPTIONS: `--import ${printing(8)}` },
  );
  expect(stdout).toBe('8\n7\n1\n');
});
