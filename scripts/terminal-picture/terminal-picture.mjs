import { spawn } from 'node:child_process';
import xterm from '@xterm/headless';

const CELL = { width: 7.8, height: 17 };
const MARGIN = 14;
const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';
/** The terminal's 16 colors: normal, then bright. */
const PALETTE = [
  ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
].flat();

/** A program in a terminal of its own. Needs `script` (util-linux). */
export class RecordedTerminal {
  isRunning = true;
  #terminal;
  #columns;
  #rows;
  #child;

  constructor(command, { columns, rows }) {
    this.#columns = columns;
    this.#rows = rows;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    this.#child = spawn('script', ['-qec', `stty cols ${columns} rows ${rows}; ${command}`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.on('data', (chunk) => this.#terminal.write(chunk));
    this.#child.once('close', () => {
      this.isRunning = false;
    });
  }

  /** Presses keys. */
  type(keys) {
    this.#child.stdin.write(keys);
  }

  /** Returns the lines of the screen without empty ones at the end; a line is a list of runs of one style. */
  async screen() {
    await new Promise((resolve) => this.#terminal.write('', resolve));
    const buffer = this.#terminal.buffer.active;
    const lines = Array.from({ length: this.#rows }, (_, row) =>
      readLine(buffer.getLine(buffer.baseY + row)),
    );
    return lines.slice(0, lines.findLastIndex((runs) => runs.length > 0) + 1);
  }

  get columns() {
    return this.#columns;
  }
}

function readLine(line) {
  const runs = [];
  const length = line.translateToString(true).length;
  for (let column = 0; column < length; column += 1) {
    const cell = line.getCell(column);
    const style = styleOf(cell);
    const isInverse = cell.isInverse() !== 0;
    const text = cell.getChars() || ' ';
    const last = runs.at(-1);
    if (last?.style === style && last.isInverse === isInverse) last.text += text;
    else runs.push({ style, text, isInverse, column });
  }
  return runs;
}

function styleOf(cell) {
  const color = cell.isFgRGB()
    ? `#${cell.getFgColor().toString(16).padStart(6, '0')}`
    : cell.isFgPalette() && PALETTE[cell.getFgColor()];
  return [
    cell.isInverse() ? ` fill="${BACKGROUND}"` : color && ` fill="${color}"`,
    cell.isBold() && ' font-weight="bold"',
    cell.isDim() && ' opacity=".6"',
  ]
    .filter(Boolean)
    .join('');
}

/**
 * Returns the screens as a film strip that moves by the height of a frame; readers who prefer no motion see the last frame.
 *
 * @param holdSeconds time for which the last frame is shown
 */
export function toSvg(screens, { columns, title, holdSeconds = 4 }) {
  const height = Math.max(...screens.map((lines) => lines.length)) * CELL.height + 2 * MARGIN;
  const width = columns * CELL.width + 2 * MARGIN;
  const seconds = screens.length - 1 + holdSeconds;
  const last = -(screens.length - 1) * height;
  const moved = (((screens.length - 1) / seconds) * 100).toFixed(2);
  const strip = screens.flatMap((lines, frame) =>
    lines.flatMap((runs, row) => {
      if (runs.length === 0) return [];
      const top = frame * height + MARGIN + row * CELL.height;
      const text = runs.map(({ style, text }) =>
        style === '' ? escapeXml(text) : `<tspan${style}>${escapeXml(text)}</tspan>`,
      );
      return [
        ...runs.filter(({ isInverse }) => isInverse).map((run) => inverseCells(run, top)),
        `<text x="${MARGIN}" y="${top + 0.75 * CELL.height}">${text.join('')}</text>`,
      ];
    }),
  );
  const film =
    screens.length === 1
      ? ''
      : `
.strip{transform:translateY(${last}px)}
@media (prefers-reduced-motion:no-preference){.strip{animation:play ${seconds}s infinite}}
@keyframes play{0%{transform:translateY(0);animation-timing-function:steps(${screens.length - 1})}${moved}%,100%{transform:translateY(${last}px)}}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" xml:space="preserve">
<title>${escapeXml(title)}</title>
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:${FOREGROUND};white-space:pre}${film}
</style>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g class="strip">
${strip.join('\n')}
</g>
</svg>
`;
}

const inverseCells = ({ text, column }, top) =>
  `<rect x="${MARGIN + column * CELL.width}" y="${top}" width="${text.length * CELL.width}" height="${CELL.height}" fill="${FOREGROUND}"/>`;

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
