// Runs `snakepit-otel top` against a page with made load and writes what it shows to docs/top.svg. Needs `script` (util-linux).
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { startPageDemo } from '../bench/page-load.mjs';
import { RecordedTerminal, toSvg } from './terminal-picture/terminal-picture.mjs';

const SIZE = { columns: 112, rows: 36 };
const TITLE =
  'snakepit-otel top: problems, GPUs, processes, traces, pools with their breakers, errors, events and delivery';
/** Time for the faults to show, ms. */
const FAULTS_MS = 3500;
/** Time for keys to act, ms. */
const KEYS_MS = 700;

const { port, faults, close } = await startPageDemo({ hasFaults: false });
const terminal = new RecordedTerminal(
  `LANG=C.UTF-8 FORCE_COLOR=1 node snakepit-otel/dist/command/main.cjs top 127.0.0.1:${port}`,
  SIZE,
);
for (const cause of [faults.throttle, faults.oom, faults.openBreaker, faults.killExporter]) cause();
await wait(FAULTS_MS);
await writeFile(
  new URL('../docs/top.svg', import.meta.url),
  toSvg([await terminal.screen()], { columns: SIZE.columns, title: TITLE }),
);
terminal.type('q');
await wait(KEYS_MS);
await close();
process.exit();
