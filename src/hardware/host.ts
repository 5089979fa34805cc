import { execFile } from 'node:child_process';
import { arch, cpus, platform, totalmem } from 'node:os';

/** What detection asks of the machine that it runs on. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Where the file system begins. */
  readonly root: string;
  readonly memoryBytes: number;
  /** Model name of each logical processor. */
  readonly processors: readonly string[];
  /** What a program prints; `undefined` where it is missing, fails, or does not end before the signal. */
  run(file: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined>;
}

const MAX_OUTPUT_BYTES = 1_048_576;

export const thisHost = (): Host => ({
  platform: platform(),
  arch: arch(),
  root: '/',
  memoryBytes: totalmem(),
  processors: cpus().map(({ model }) => model),
  run: runProgram,
});

function runProgram(file: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      signal,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
    } as const;
    try {
      execFile(file, args, options, (error, stdout) => resolve(error === null ? stdout : undefined));
    } catch {
      // A signal that is aborted already throws.
      resolve(undefined);
    }
  });
}
