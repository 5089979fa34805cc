// Runs the demo in a terminal and writes what it shows to docs/demo.svg, one frame a second. Needs `script` (util-linux).
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { RecordedTerminal, toSvg } from './terminal-picture/terminal-picture.mjs';

const COMMAND = 'npm run --silent demo -- --for 10s';
const SIZE = { columns: 108, rows: 40 };
const FRAME_MS = 1000;
const TITLE = 'The demo in a terminal: breaker state, GPUs, counts of events and the last operation';

const terminal = new RecordedTerminal(COMMAND, SIZE);
const screens = [];
while (terminal.isRunning) {
  await wait(FRAME_MS);
  const screen = await terminal.screen();
  if (screen.length > 3 && JSON.stringify(screen) !== JSON.stringify(screens.at(-1))) screens.push(screen);
}
await writeFile(new URL('../docs/demo.svg', import.meta.url), toSvg(screens, { ...SIZE, title: TITLE }));
process.exit();
