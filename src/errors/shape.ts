/** Parses `3, 224, 224`, `863x1` or `None, 4` into a list. Unknown dimensions stay strings. */
export function parseShape(text: string): (number | string)[] {
  return text
    .split(/[,x]/i)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (/^-?\d+$/.test(part) ? Number(part) : part));
}
