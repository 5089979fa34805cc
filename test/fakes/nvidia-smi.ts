import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturePath } from '../helpers/fixtures.js';

const SCRIPT = `#!/bin/sh
# Stand-in for nvidia-smi: does what the files beside it say, in the way that the real one is seen to. It knows nothing
# of GPUs.
here=$(dirname "$0")
kind=other
loop=
for argument; do
  case "$argument" in
    --query-gpu=*) kind=query-gpu columns=\${argument#--query-gpu=} ;;
    --query-compute-apps=*) kind=query-compute-apps ;;
    --format=*) format=\${argument#--format=} ;;
    --loop-ms=*) loop=\${argument#--loop-ms=} ;;
  esac
done
echo "$$ $kind" >> "$here/starts"
echo "$@" >> "$here/arguments"

# One unknown field refuses the whole query: driver 550 says so on stdout.
if [ $kind = query-gpu ] && [ -f "$here/unknown" ]; then
  for field in $(cat "$here/unknown"); do
    case ",$columns," in *",$field,"*) printf 'Field "%s" is not a valid field to query.\\n\\n' "$field"; exit 2 ;; esac
  done
fi

table() {
  awk -F ', *' -v columns="$columns" -v format=",$format," '
    NR == 1 { for (i = 1; i <= NF; i++) { name = $i; sub(/ \\[.*/, "", name); at[name] = i }; header = $0; next }
    NF { rows[++count] = $0 }
    END {
      n = split(columns, wanted, ",")
      if (format !~ /noheader/) { line = ""; for (i = 1; i <= n; i++) line = line (i > 1 ? ", " : "") wanted[i]; print line }
      for (row = 1; row <= count; row++) {
        split(rows[row], fields, ", *")
        line = ""
        for (i = 1; i <= n; i++) {
          value = wanted[i] == "count" ? count : (wanted[i] in at) ? fields[at[wanted[i]]] : "[N/A]"
          if (format ~ /nounits/) sub(/ (MiB|%|W|MHz)$/, "", value)
          line = line (i > 1 ? ", " : "") value
        }
        print line
      }
    }' "$here/table"
}

# The real one is a single process, which a closed pipe ends; here that ends awk, and so this.
round() {
  test -f "$here/hang" && exec sleep 600
  if [ $kind = query-compute-apps ]; then
    test -f "$here/apps-exit" && exit "$(cat "$here/apps-exit")"
    if [ -f "$here/apps" ]; then cat "$here/apps" || exit; fi
    return 0
  fi
  test -f "$here/stderr" && cat "$here/stderr" >&2
  if [ -f "$here/split" ]; then table > "$here/rows.$$"; head -c 50 "$here/rows.$$"; sleep 0.15; tail -c +51 "$here/rows.$$"
  elif [ -f "$here/table" ]; then table || exit; fi
  test -f "$here/stdout" && cat "$here/stdout"
  test -f "$here/exit" && exit "$(cat "$here/exit")"
}

round
test -z "$loop" && exit 0
while sleep "$(awk "BEGIN { print $loop / 1000 }")"; do round; done
`;

/** A stand-in for nvidia-smi in a folder of its own, to be put on PATH or called by its path. */
export async function standInNvidiaSmi() {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-nvidia-smi-'));
  const path = join(folder, 'nvidia-smi');
  const at = (name: string) => join(folder, name);
  await writeFile(path, SCRIPT);
  await chmod(path, 0o755);

  const read = async (name: string) =>
    (await readFile(at(name), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const pids = async (kind = '') =>
    (await read('starts')).filter((line) => line.endsWith(kind)).map((line) => Number.parseInt(line, 10));
  return {
    folder,
    path,
    /** Prints this, whatever it is asked for. */
    prints: (text: string) => writeFile(at('stdout'), text),
    /** Prints the columns that it is asked for, from a table. */
    printsFixture: (name: string) => copyFile(fixturePath(name), at('table')),
    printsTable: (text: string) => writeFile(at('table'), text),
    /** Prints the table in two pieces, with time between them. */
    printsInPieces: () => writeFile(at('split'), ''),
    /** Prints this to the question for processes. */
    printsProcesses: (text: string) => writeFile(at('apps'), text),
    failsForProcesses: (code: number) => writeFile(at('apps-exit'), String(code)),
    /** Refuses a query with one of these fields. */
    doesNotKnow: (...fields: string[]) => writeFile(at('unknown'), fields.join('\n')),
    complains: (text: string) => writeFile(at('stderr'), text),
    exits: (code: number) => writeFile(at('exit'), String(code)),
    hangs: () => writeFile(at('hang'), ''),
    recovers: () => Promise.all(['hang', 'exit', 'stderr'].map((name) => rm(at(name), { force: true }))),
    /** With what it was started, each time. */
    arguments: () => read('arguments'),
    /** How often it was started to read devices, or for `query-compute-apps`. */
    starts: async (kind = 'query-gpu') => (await pids(kind)).length,
    /** How many of its processes are alive. */
    running: async () => (await pids()).filter(isAlive).length,
    /** Ends what a test leaves hanging on purpose. */
    end: async () => {
      for (const pid of (await pids()).filter(isAlive)) process.kill(pid, 'SIGKILL');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type StandInNvidiaSmi = Awaited<ReturnType<typeof standInNvidiaSmi>>;

/** Not even one that has ended and that nobody has asked for its exit code: who runs tests may not do that. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self') || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
