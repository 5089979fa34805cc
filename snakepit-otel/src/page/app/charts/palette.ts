import { theme } from '../theme.js';

/** Colors of processes and services, in the order in which they are given. */
export const SERIES_COLORS = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6'] as const;

const probe = document.createElement('i');
probe.hidden = true;
// With forced colors, every series would have the same one.
probe.style.forcedColorAdjust = 'none';
document.documentElement.append(probe);
const cache = new Map<string, string>();
theme.subscribe(() => cache.clear());

/** Returns the value of a custom property in the present theme, for a canvas. */
export function color(name: string): string {
  return resolve(`var(${name})`);
}

/** Returns a color mixed with that of the panel, for an area under a line. */
export function tint(name: string, percent: number): string {
  return resolve(`color-mix(in srgb, var(${name}) ${percent}%, var(--panel))`);
}

function resolve(expression: string): string {
  let value = cache.get(expression);
  if (value === undefined) {
    probe.style.color = expression;
    value = getComputedStyle(probe).color;
    cache.set(expression, value);
  }
  return value;
}

const assigned = new Map<string, number>();

/** Returns the number of the color of an owner of memory: the same for one pool or command on every GPU. */
export function colorIndex(owner: string): number {
  let index = assigned.get(owner);
  if (index === undefined) {
    if (assigned.size > 200) assigned.clear();
    index = assigned.size % SERIES_COLORS.length;
    assigned.set(owner, index);
  }
  return index;
}
