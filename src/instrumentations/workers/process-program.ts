import type { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import { cleanText } from '../../common/clean-text.js';

const MAX_NAME_LENGTH = 128;

/** Returns the name of the program of a process that was started. */
export const processProgram = ({ spawnfile }: ChildProcess): string | undefined =>
  typeof spawnfile === 'string' ? cleanText(basename(spawnfile), MAX_NAME_LENGTH) : undefined;
