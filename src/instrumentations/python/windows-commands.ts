/** A redirection with its file, a word with its quotes, an operator between commands, or a space. */
const TOKEN = /\d?[<>]{1,2}&?\s*(?:"[^"]*"?|[^\s"&|()<>;])*|((?:[^\s"&|()<>;]|"[^"]*"?)+)|([&|()<>;\n])|\s/g;

/** Splits a command line as `cmd.exe` and PowerShell do, without expansions, into commands with slashes in their paths. */
export function windowsCommands(text: string): string[][] {
  let current: string[] = [];
  const commands = [current];
  for (const [, word, operator] of text.matchAll(TOKEN)) {
    if (word !== undefined) {
      current.push(word.replaceAll('"', '').replaceAll('\\', '/'));
    } else if (operator !== undefined) {
      current = [];
      commands.push(current);
    }
  }
  return commands;
}
