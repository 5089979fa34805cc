import { type Signal, signal } from '@preact/signals';
import { announce } from '../state.js';

/** A short confirmation that is shown for two seconds. */
export const toast: Signal<string> = signal('');
let timer: ReturnType<typeof setTimeout> | undefined;

/** Copies a text, and confirms it with `done`, such as "Trace ID copied". */
export async function copyText(text: string, done: string): Promise<void> {
  const isCopied = await write(text);
  const message = isCopied ? done : 'The browser did not allow copying';
  announce(message);
  toast.value = message;
  clearTimeout(timer);
  timer = setTimeout(() => {
    toast.value = '';
  }, 2000);
}

/** Browsers have a clipboard only in secure contexts: over plain HTTP from another host, a selection is copied. */
async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr';
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied;
  }
}
