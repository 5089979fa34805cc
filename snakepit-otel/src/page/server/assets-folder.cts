import { join } from 'node:path';

/** Folder of the page: both builds have it beside theirs. A CommonJS file, because both builds need `__dirname`. */
export const ASSETS_FOLDER: string = join(__dirname, '..', '..', '..', 'page');
