import { findExecutable, isExecutable } from '../../../system/find-executable.js';

/** Folders in which drivers and container tools put nvidia-smi and that services may lack in `PATH`. */
const FOLDERS =
  process.platform === 'win32'
    ? ['C:\\Windows\\System32', 'C:\\Program Files\\NVIDIA Corporation\\NVSMI']
    : [
        '/usr/lib/wsl/lib',
        '/usr/bin',
        '/usr/local/bin',
        '/usr/local/nvidia/bin',
        '/run/current-system/sw/bin',
      ];

/**
 * Returns the path of nvidia-smi; `undefined` if there is none. Starts nothing.
 *
 * @param given path that the user set. @default a search in `PATH` and in the folders of drivers
 */
export async function findNvidiaSmi(given?: string): Promise<string | undefined> {
  if (given === undefined) return findExecutable('nvidia-smi', FOLDERS);
  return (await isExecutable(given)) ? given : undefined;
}
