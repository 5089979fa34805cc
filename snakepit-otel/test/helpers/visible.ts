/** Returns text with its control characters as symbols: `␛` for Escape, `␍` for a return, `<9b>` for a C1 control. */
export const visible = (text: string | Buffer): string =>
  Array.from(text.toString(), (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code >= 0x7f && code <= 0x9f ? `<${code.toString(16)}>` : char;
  }).join('');
