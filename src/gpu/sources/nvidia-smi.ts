import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { inline } from '../../events/format.js';
import { findExecutable } from '../../system/find-executable.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceAbsence } from '../source.js';
import { parseNvidiaSmiCsv, QUERY } from './nvidia-smi-csv.js';

const ARGUMENTS = [`--query-gpu=${QUERY.join(',')}`, '--format=csv,nounits'];
const MAX_OUTPUT_BYTES = 1_048_576;
const NO_DEVICES = /no devices were found/i;

interface Outcome {
  readonly error: ExecFileException | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads NVIDIA GPUs through the driver's own tool: one process a sample, for all devices. */
export class NvidiaSmiSource implements GpuSource {
  readonly name = 'nvidia-smi';
  readonly #executable: string;

  constructor(executable = 'nvidia-smi') {
    this.#executable = executable;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    const { error, stdout, stderr } = await run(this.#executable, signal);
    signal.throwIfAborted();

    const sample = parseNvidiaSmiCsv(stdout);
    const failure = error === null ? undefined : describe(error, stderr || stdout);
    if (sample.readings.length > 0) {
      // A lost GPU makes for an exit code; the others are read all the same.
      if (failure === undefined) return sample;
      return { ...sample, faults: [...sample.faults, { reason: failure.code, detail: failure.message }] };
    }
    if (NO_DEVICES.test(stdout) || NO_DEVICES.test(stderr)) return { readings: [], faults: [] };
    if (failure !== undefined) throw failure;
    const [fault] = sample.faults;
    if (fault !== undefined) throw new GpuSourceError(fault.reason, fault.detail);
    return sample;
  }

  async close(): Promise<void> {}
}

/** `undefined` where the tool is on `PATH`. */
export async function nvidiaSmiAbsence(): Promise<SourceAbsence | undefined> {
  if ((await findExecutable('nvidia-smi')) !== undefined) return undefined;
  return {
    why: 'nvidia-smi is not on PATH',
    advice: 'it comes with the NVIDIA driver; containers get it with NVIDIA_DRIVER_CAPABILITIES=utility',
  };
}

function run(executable: string, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = {
      signal,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
    } as const;
    const child = execFile(executable, ARGUMENTS, options, (error, stdout, stderr) => {
      const settle = () => resolve({ error, stdout, stderr });
      // A killed process is reported at once, but lives on while the driver holds it in the kernel.
      if (isRunning(child)) child.once('exit', settle);
      else settle();
    });
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
  });
}

const isRunning = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

function describe(error: ExecFileException, output: string): GpuSourceError {
  if (error.code === 'ENOENT') {
    return new GpuSourceError('not_found', 'not found on PATH; it comes with the NVIDIA driver', {
      cause: error,
    });
  }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return new GpuSourceError('unreadable', `more than ${MAX_OUTPUT_BYTES} bytes of output`, {
      cause: error,
    });
  }
  const end = error.signal ? `ended by ${error.signal}` : `exit code ${error.code ?? 'unknown'}`;
  const said = inline(output.trim(), 300);
  return new GpuSourceError('failed', said === '' ? end : `${end}: ${said}`, { cause: error });
}
