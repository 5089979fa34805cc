// Runs the demo in a terminal and writes what it shows to docs/demo.svg, one frame a second. Needs `script` (util-linux).
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import xterm from '@xterm/headless';

const COMMAND = 'npm run --silent demo -- --for 10s';
const COLUMNS = 108;
const ROWS = 40;
const FRAME_MS = 1000;
const HOLD_SECONDS = 4;
const CELL = { width: 7.8, height: 17 };
const MARGIN = 14;
const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';
/** The terminal's 16 colors: normal, then bright. */
const PALETTE = [
  ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
].flat();

const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: true });
const frames = await record();
await writeFile(new URL('../docs/demo.svg', import.meta.url), toSvg(frames));

/** Returns the distinct screens, each a list of lines. */
async function record() {
  const child = spawn('script', ['-qec', `stty cols ${COLUMNS} rows ${ROWS}; ${COMMAND}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let running = true;
  child.stdout.on('data', (chunk) => terminal.write(chunk));
  child.once('close', () => {
    running = false;
  });
  const screens = [];
  while (running) {
    await wait(FRAME_MS);
    await new Promise((resolve) => terminal.write('', resolve));
    const screen = readScreen();
    if (screen.length > 3 && JSON.stringify(screen) !== JSON.stringify(screens.at(-1))) screens.push(screen);
  }
  return screens;
}

/** Returns the lines of the screen without empty ones at the end; a line is a list of runs of one style. */
function readScreen() {
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: ROWS }, (_, row) => readLine(buffer.getLine(buffer.baseY + row)));
  return lines.slice(0, lines.findLastIndex((runs) => runs.length > 0) + 1);
}

function readLine(line) {
  const runs = [];
  const length = line.translateToString(true).length;
  for (let column = 0; column < length; column += 1) {
    const cell = line.getCell(column);
    const style = styleOf(cell);
    const text = cell.getChars() || ' ';
    if (runs.at(-1)?.style === style) runs.at(-1).text += text;
    else runs.push({ style, text });
  }
  return runs;
}

function styleOf(cell) {
  const color = cell.isFgRGB()
    ? `#${cell.getFgColor().toString(16).padStart(6, '0')}`
    : cell.isFgPalette() && PALETTE[cell.getFgColor()];
  return [
    color && ` fill="${color}"`,
    cell.isBold() && ' font-weight="bold"',
    cell.isDim() && ' opacity=".6"',
  ]
    .filter(Boolean)
    .join('');
}

/** A film strip that moves by the height of a frame; readers who prefer no motion see the last frame. */
function toSvg(screens) {
  const height = Math.max(...screens.map((lines) => lines.length)) * CELL.height + 2 * MARGIN;
  const width = COLUMNS * CELL.width + 2 * MARGIN;
  const seconds = screens.length - 1 + HOLD_SECONDS;
  const last = -(screens.length - 1) * height;
  const moved = (((screens.length - 1) / seconds) * 100).toFixed(2);
  const strip = screens.flatMap((lines, frame) =>
    lines.flatMap((runs, row) => {
      if (runs.length === 0) return [];
      const y = frame * height + MARGIN + (row + 0.75) * CELL.height;
      const text = runs.map(({ style, text }) =>
        style === '' ? escapeXml(text) : `<tspan${style}>${escapeXml(text)}</tspan>`,
      );
      return `<text x="${MARGIN}" y="${y}">${text.join('')}</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" xml:space="preserve">
<title>The demo in a terminal: breaker state, GPUs, counts of events and the last operation</title>
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:${FOREGROUND};white-space:pre}
.strip{transform:translateY(${last}px)}
@media (prefers-reduced-motion:no-preference){.strip{animation:play ${seconds}s infinite}}
@keyframes play{0%{transform:translateY(0);animation-timing-function:steps(${screens.length - 1})}${moved}%,100%{transform:translateY(${last}px)}}
</style>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g class="strip">
${strip.join('\n')}
</g>
</svg>
`;
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
