import { isFrame, isIndented, isLaunched, isLogLine, isProgress } from './lines.js';

/** Lines at the margin by which messages of libraries continue. */
const CONTINUES =
  /^(?:CUDA kernel errors|HIP kernel errors|XPU kernel errors|For debugging|Compile with|Search for|Device-side|Exception raised from|frame #\d|C\+\+ |See |\(\d{1,3}\) |\d{1,3} root error|Hint\b|You can |from user code|Set TORCH|At:|Full shape|Arguments received|Possible |Last error|Details?\b|Caused by|Original |Additional |Please |Use |Try |Make sure|If you|Note|nccl|[*•^└│-] ?)/;
/** A line that names what was expected or found: `expected: (3, 4)`, `got shape (5, 6)`. */
const VALUES =
  /^(?:expected|got|received|actual|found|required|requested|available|allowed|inputs?|outputs?|targets?|shapes?|d?types?|devices?|query|key)\b ?(?:[:=]|(?:shapes?|sizes?|d?types?|devices?|dimensions?)\b)|^(?:but|instead|got|received) \S/i;
/** An unfinished line. */
const UNFINISHED = /[:,([{\\]$/;
/** A frame of an installed library. */
const LIBRARY_FRAME = /\b(?:site|dist)-packages\b/;
/** Classes whose messages list fields or other tracebacks at the margin. */
const LISTING_TYPE = /ValidationError$|^ray\.|RayTaskError|RemoteTraceback$|RemoteError$/;

/** What is known of a message whose end is looked for. */
export interface MessageContext {
  readonly type: string;
  /** Last frame of the traceback. */
  readonly lastFrame: string;
  /** Line before. */
  readonly previousLine: string;
  /** True if an empty line is before. */
  readonly afterBlank: boolean;
  /** Width of the box of a traceback by rich, which wraps the message. */
  readonly boxWidth: number | undefined;
}

/** Longest word that rich moves to the next line. */
const WRAPPED_WORD = 30;

/**
 * Returns true if a line after an exception belongs to its message. A message has several lines if they are indented, if a library raised
 * it, or if the line before is unfinished; else what follows is output of the program.
 */
export function continuesMessage(line: string, open: MessageContext): boolean {
  if (isLogLine(line) || isProgress(line) || isLaunched(line)) return false;
  if (isFrame(line) && isStack(open)) return false;
  if (isIndented(line) || CONTINUES.test(line)) return true;
  if (!open.afterBlank && VALUES.test(line)) return true;
  if (LISTING_TYPE.test(open.type) || LIBRARY_FRAME.test(open.lastFrame)) return true;
  if (open.afterBlank) return false;
  if (open.boxWidth !== undefined && open.previousLine.length > open.boxWidth - WRAPPED_WORD) return true;
  return UNFINISHED.test(open.previousLine);
}

/** True if a frame after the line before begins a stack that the program prints, not one that the message contains. */
const isStack = ({ type, previousLine }: MessageContext): boolean =>
  !LISTING_TYPE.test(type) &&
  !isIndented(previousLine) &&
  !UNFINISHED.test(previousLine) &&
  !/\bTraceback\b|^$/.test(previousLine);
