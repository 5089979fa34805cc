/**
 * Text of the script that the thread runs: `worker.ts` and what it imports. `scripts/build.mjs` writes it into both builds. As a text
 * it is part of every bundle of a host, where a file of its own would be missing.
 */
export declare const WORKER_SOURCE: string;
