import { effect, type Signal, signal } from '@preact/signals';
import { readSetting, writeSetting } from './settings.js';

export type Theme = 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: light)');
const stored = readSetting('theme');
const systemTheme = (): Theme => (system.matches ? 'light' : 'dark');

/** The theme shown: the choice of the user, else that of the system. */
export const theme: Signal<Theme> = signal(stored === 'light' || stored === 'dark' ? stored : systemTheme());
let isChosen = stored === 'light' || stored === 'dark';

system.addEventListener('change', () => {
  if (!isChosen) theme.value = systemTheme();
});
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function toggleTheme(): void {
  isChosen = true;
  theme.value = theme.peek() === 'dark' ? 'light' : 'dark';
  writeSetting('theme', theme.peek());
}
