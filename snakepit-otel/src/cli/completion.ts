import { COMMON_FLAGS, type Command, SUCCEEDED } from './command.js';

type Commands = Readonly<Record<string, Command>>;

/** Prints a script that completes commands, flags and their values. */
export async function printCompletion(shell: string | undefined, commands: Commands): Promise<number> {
  console.log(shell === 'zsh' ? zshCompletion(commands) : bashCompletion(commands));
  return SUCCEEDED;
}

/** Completes files in bash: one line is one file, also with spaces, and a folder is continued. */
const BASH_FILES = `local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"))`;

/** Returns a script for bash 3.2 or later. */
export const bashCompletion = (commands: Commands): string => `# bash completion for snakepit-otel.
# For this shell:      source <(snakepit-otel completion bash)
# For every shell:     snakepit-otel completion bash > ~/.local/share/bash-completion/completions/snakepit-otel
_snakepit_otel() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=agent each
  # Of --flag=value, bash makes three words.
  if [ "$word" = = ]; then word=
  elif [ "$previous" = = ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$each" in ${Object.keys(commands).join('|')}) command="$each"; break ;; esac
  done
  COMPREPLY=()
  case "$command $previous" in
${valueCases(commands, (words) => `COMPREPLY=($(compgen -W "${words}" -- "$word"))`, BASH_FILES)}
  esac
  case "$command" in
${Object.entries(commands)
  .map(([name, command]) => `    ${name}) each="${wordsOf(command)}" ;;`)
  .join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then each="${Object.keys(commands).join(' ')} $each"; fi
  case "$command $word" in
    *" "-*) ;;
    ${withFile(commands)
      .map((name) => `"${name} "*`)
      .join('|')}) if [ "$COMP_CWORD" -gt 1 ]; then ${BASH_FILES}; return; fi ;;
  esac
  COMPREPLY=($(compgen -W "$each" -- "$word"))
}
complete -F _snakepit_otel snakepit-otel`;

/** Returns a script for zsh. */
export const zshCompletion = (commands: Commands): string => `#compdef snakepit-otel
# zsh completion for snakepit-otel.
# For this shell:      source <(snakepit-otel completion zsh), after compinit
# For every shell:     snakepit-otel completion zsh > "\${fpath[1]}/_snakepit-otel"
_snakepit_otel() {
  local command=agent previous="\${words[CURRENT-1]}" each
  if [[ "$PREFIX" = --*=* ]]; then previous="\${PREFIX%%=*}"; compset -P '*='; fi
  for each in "\${(@)words[2,CURRENT-1]}"; do
    case "$each" in (${Object.keys(commands).join('|')}) command="$each"; break ;; esac
  done
  case "$command $previous" in
${valueCases(commands, (words) => `compadd -- ${words}`, '_files')}
  esac
  case "$command" in
${Object.entries(commands)
  .map(([name, command]) => `    ${name}) compadd -- ${wordsOf(command)} ;;`)
  .join('\n')}
  esac
  if (( CURRENT == 2 )); then compadd -- ${Object.keys(commands).join(' ')}
  else case "$command" in (${withFile(commands).join('|')}) _files ;; esac
  fi
}
if [ "$funcstack[1]" = _snakepit-otel ]; then _snakepit_otel "$@"; else compdef _snakepit_otel snakepit-otel; fi`;

/** Returns the cases of the words before: a flag with a value has only its values. */
function valueCases(commands: Commands, complete: (words: string) => string, files: string): string {
  const cases = Object.entries(commands).flatMap(([name, { flags }]) =>
    Object.entries(flags).flatMap(([flag, { value, choices, short }]) => {
      if (value === undefined) return [];
      const pattern = [`"${name} --${flag}"`, ...(short === undefined ? [] : [`"${name} -${short}"`])].join(
        '|',
      );
      const action = choices === undefined ? (value === 'FILE' ? files : ':') : complete(choices.join(' '));
      return [`    ${pattern}) ${action}; return ;;`];
    }),
  );
  return cases.join('\n');
}

const wordsOf = ({ flags, choices = [] }: Command): string =>
  [...choices, ...[...Object.keys(flags), ...Object.keys(COMMON_FLAGS)].map((flag) => `--${flag}`)].join(' ');

/** Returns the commands whose argument is a file. */
const withFile = (commands: Commands): string[] =>
  Object.entries(commands).flatMap(([name, { argument }]) => (argument?.includes('FILE') ? [name] : []));
