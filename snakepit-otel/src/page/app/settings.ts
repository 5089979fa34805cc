/** Reads a choice that the browser keeps; `null` if there is none, or if the browser keeps nothing. */
export function readSetting(name: string): string | null {
  try {
    return localStorage.getItem(`snakepit-${name}`);
  } catch {
    return null;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(`snakepit-${name}`, value);
  } catch {
    // A browser that keeps nothing forgets the choice.
  }
}
