import { RANGES, type Range } from '../../page/contract.js';
import type { Key } from '../terminal/keys.js';
import type { Context } from './context.js';
import { followLink } from './links.js';
import { focusNext, fold, goBack, move, nextError, open, openSection } from './navigation.js';
import type { Section, ViewState } from './view-state.js';

/** What a key asks of the program, beyond a change of the view. */
export type Action =
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | 'pause'
  | 'range'
  | 'copy-id'
  | 'copy-json'
  | 'export'
  | undefined;

const SECTION_KEYS: Readonly<Record<string, Section>> = {
  g: 'gpus',
  t: 'traces',
  e: 'errors',
  b: 'breakers',
  v: 'events',
  d: 'delivery',
};
/** Rows that a key moves the selection by. */
const MOVES: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -10,
  pagedown: 10,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};
const ACTIONS: Readonly<Record<string, Action>> = {
  q: 'quit',
  p: 'pause',
  y: 'copy-id',
  Y: 'copy-json',
  x: 'export',
};
const RANGE_NAMES = Object.keys(RANGES) as Range[];
const MAX_QUERY = 200;

/** Changes the view as a key demands. */
export function pressKey(key: Key, context: Context): Action {
  const { view } = context;
  view.notice = undefined;
  if (key.ctrl && key.name === 'c') return 'interrupt';
  if (key.ctrl && key.name === 'z') return 'suspend';
  if (key.ctrl) return undefined;
  if (view.isTyping) return type(key, view);
  if (view.isHelpShown) {
    view.isHelpShown = false;
    return key.name === 'q' ? 'quit' : undefined;
  }
  const action = ACTIONS[key.name];
  if (action !== undefined) return action;
  const section = SECTION_KEYS[key.name];
  if (section !== undefined) return void openSection(view, section);
  const rows = MOVES[key.name];
  if (rows !== undefined) return void move(context, rows);
  return pressOther(key, context);
}

function pressOther({ name, shift }: Key, context: Context): Action {
  const { view, state } = context;
  switch (name) {
    case '?':
      view.isHelpShown = true;
      return;
    case '/':
      view.isTyping = true;
      view.detail = undefined;
      return;
    case 'escape':
    case 'backspace':
      return void goBack(view);
    case 'return':
    case 'enter':
      return void open(context);
    case 'tab':
      return void focusNext(view, shift ? -1 : 1);
    case 'left':
    case 'h':
      return void fold(context, true);
    case 'right':
    case 'l':
      return void fold(context, false);
    case 'n':
    case 'N':
      return void nextError(context, name === 'n' ? 1 : -1);
    case '[':
    case ']':
      return changeRange(view, name === '[' ? -1 : 1);
    case '1':
    case '2':
    case '3': {
      const problem = state.problems[Number(name) - 1];
      if (problem !== undefined) followLink(view, problem.link);
    }
  }
}

function type({ name, character }: Key, view: ViewState): Action {
  if (name === 'return' || name === 'enter') view.isTyping = false;
  else if (name === 'escape') {
    view.isTyping = false;
    view.query = '';
  } else if (name === 'backspace') view.query = [...view.query].slice(0, -1).join('');
  else if (character !== undefined && view.query.length < MAX_QUERY) view.query += character;
  return undefined;
}

function changeRange(view: ViewState, step: number): Action {
  const next = RANGE_NAMES[RANGE_NAMES.indexOf(view.range) + step];
  if (next === undefined) return undefined;
  view.range = next;
  return 'range';
}
