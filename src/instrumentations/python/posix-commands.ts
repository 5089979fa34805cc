/** A redirection, not a substitution of a process; a word with its quotes; an operator between commands; or a space. */
const TOKEN =
  /(\d*(?:&>>?|<<<|<<-?|>>|>\||<>|[<>]&?)(?!\())|((?:[^\s"'\\;&|()<>]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)|([;&|()<>\n])|\s|["'\\]/gs;
const QUOTES = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs;
const ESCAPED_IN_QUOTES = /\\([$`"\\])/g;
const CONTINUED_LINE = /\\\r?\n/g;

/** Splits a command line as a POSIX shell does, without expansions, into commands without redirections. */
export function posixCommands(text: string): string[][] {
  const line = text.replace(CONTINUED_LINE, '');
  const tokens = new RegExp(TOKEN);
  let current: string[] = [];
  const commands = [current];
  /** The last redirection, whose target is the next word. */
  let redirection: string | undefined;
  /** Last lines of the documents that follow this line. */
  let documents: string[] = [];
  for (let token = tokens.exec(line); token !== null; token = tokens.exec(line)) {
    const [, redirected, word, operator] = token;
    if (redirected !== undefined) {
      redirection = redirected;
    } else if (word?.startsWith('#') === true) {
      const end = line.indexOf('\n', token.index);
      tokens.lastIndex = end < 0 ? line.length : end;
    } else if (word !== undefined) {
      const text = withoutQuotes(word);
      if (redirection === undefined) current.push(text);
      else if (/^\d*<<-?$/.test(redirection)) documents.push(text);
      redirection = undefined;
    } else if (operator !== undefined) {
      redirection = undefined;
      current = [];
      commands.push(current);
      if (operator !== '\n') continue;
      for (const last of documents) tokens.lastIndex = endOfDocument(line, tokens.lastIndex, last);
      documents = [];
    }
  }
  return commands;
}

const withoutQuotes = (word: string): string =>
  word.replace(
    QUOTES,
    (_, double, single, escaped) => double?.replace(ESCAPED_IN_QUOTES, '$1') ?? single ?? escaped,
  );

/** Returns the position after a document, which ends with the line `last`. @param start start of the document */
function endOfDocument(text: string, start: number, last: string): number {
  for (let from = start; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    if (text.slice(from, end).replace(/^\t+/, '') === last) return end;
    from = end + 1;
  }
  return text.length;
}
