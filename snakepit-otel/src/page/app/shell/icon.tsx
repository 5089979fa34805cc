import type { ComponentChildren } from 'preact';

export type Level = 'ok' | 'info' | 'warn' | 'bad' | 'stale';

const PATHS: Readonly<Record<Level, string>> = {
  ok: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zm-1 9.3L4.2 8l1.1-1.100L7 8.600l3.7-3.700L11.8 6z',
  info: 'M8 4.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7z',
  warn: 'M8 1.2 15.3 14.3H.7zM7.2 6v4h1.6V6zm0 5.2v1.5h1.6v-1.5z',
  bad: 'M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2zM5.6 4.5 4.5 5.6 6.9 8l-2.4 2.4 1.1 1.1L8 9.1l2.4 2.4 1.1-1.1L9.1 8l2.4-2.4-1.1-1.1L8 6.900z',
  stale: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM7.2 4h1.600v4l2.6 2-1 1.2-3.2-2.500z',
};

/** A shape that differs by level, so that the color is not needed. */
export function Icon({ level }: { readonly level: Level }) {
  return (
    <svg class={`i ${level}`} viewBox="0 0 16 16" aria-hidden="true">
      <path fill-rule="evenodd" d={PATHS[level]} />
    </svg>
  );
}

export function Badge({ level, children }: { readonly level: Level; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${level}`}>
      <Icon level={level} />
      {children}
    </span>
  );
}
