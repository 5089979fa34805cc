import { arch, cpus, platform, totalmem } from 'node:os';
import type { SourceSettings } from '../gpu/choose-source.js';
import { type ProgramRun, runProgram } from '../system/run-program.js';

/** The machine as detection reads it. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Root of the file system. */
  readonly root: string;
  /** Memory installed, bytes. */
  readonly memoryBytes: number;
  /** Model name of each logical processor. */
  readonly processors: readonly string[];
  /** Settings of the sources that read its GPUs. */
  readonly gpu: SourceSettings;
  /** Runs a program until it ends or the signal is aborted. */
  readonly run: (executable: string, args: readonly string[], signal: AbortSignal) => Promise<ProgramRun>;
}

export const thisHost = (gpu: SourceSettings = {}): Host => ({
  platform: platform(),
  arch: arch(),
  root: '/',
  memoryBytes: totalmem(),
  processors: cpus().map(({ model }) => model),
  gpu,
  run: runProgram,
});
