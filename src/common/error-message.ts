import { inline } from '../catalog/format.js';

/** What was thrown, in words, whether it is an Error or not. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : inline(thrown);
