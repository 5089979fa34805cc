import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturePath } from '../helpers/fixtures.js';

const SCRIPT = `#!/bin/sh
# Fake of nvidia-smi. The files beside it control what it prints, in the observed formats of the real one.
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

# One unknown field makes nvidia-smi reject the query. Driver 550 prints the reason on stdout.
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
          if (format ~ /nounits/) sub(/ (MiB|%|W|MHz|us)$/, "", value)
          line = line (i > 1 ? ", " : "") value
        }
        print line
      }
    }' "$here/table"
}

# A closed pipe ends the real one. Here it ends awk, whose exit code ends the script.
batch() {
  if [ -f "$here/hang" ]; then echo $kind >> "$here/hanging"; exec sleep 600; fi
  if [ $kind = query-compute-apps ]; then
    test -f "$here/apps-exit" && exit "$(cat "$here/apps-exit")"
    if [ -f "$here/apps" ]; then cat "$here/apps" || exit; fi
    return 0
  fi
  test -f "$here/stderr" && cat "$here/stderr" >&2
  if [ -f "$here/split" ]; then table > "$here/rows.$$"; head -c 50 "$here/rows.$$"; sleep 0.15; tail -c +51 "$here/rows.$$"
  elif [ -f "$here/table" ]; then table || exit; fi
  test -f "$here/stdout" && cat "$here/stdout"
  echo >> "$here/batches"
  test -f "$here/exit" && exit "$(cat "$here/exit")"
  return 0
}

batch
test -z "$loop" && exit 0
while sleep "$(awk "BEGIN { print $loop / 1000 }")"; do batch; done
`;

/** Creates a fake of nvidia-smi in a folder of its own, which can be put on PATH. */
export async function fakeNvidiaSmi() {
  const folder = await mkdtemp(join(tmpdir(), 'fake-nvidia-smi-'));
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
    /** Prints this text after the table, whatever the query. */
    prints: (text: string) => writeFile(at('stdout'), text),
    /** Prints the queried columns of a recorded table. */
    printsFixture: (name: string) => copyFile(fixturePath(name), at('table')),
    printsTable: (text: string) => writeFile(at('table'), text),
    /** Prints the table in two pieces with a pause between them. */
    printsInPieces: () => writeFile(at('split'), ''),
    /** Prints this text for a query of processes. */
    printsProcesses: (text: string) => writeFile(at('apps'), text),
    failsForProcesses: (code: number) => writeFile(at('apps-exit'), String(code)),
    /** Rejects a query with one of these columns. */
    rejectsColumns: (...fields: string[]) => writeFile(at('unknown'), fields.join('\n')),
    printsToStderr: (text: string) => writeFile(at('stderr'), text),
    exitsWith: (code: number) => writeFile(at('exit'), String(code)),
    hangs: () => writeFile(at('hang'), ''),
    recovers: () => Promise.all(['hang', 'exit', 'stderr'].map((name) => rm(at(name), { force: true }))),
    /** Arguments of each start. */
    arguments: () => read('arguments'),
    /** Number of starts with `--query-gpu`, or with `--query-compute-apps`. */
    starts: async (kind = 'query-gpu') => (await pids(kind)).length,
    /** Number of times that it has printed the devices. */
    batches: async () => (await readFile(at('batches'), 'utf8').catch(() => '')).length,
    /** True once a query of devices hangs: it prints nothing more. */
    isHanging: async () => (await read('hanging')).includes('query-gpu'),
    /** Number of its processes that are alive. */
    running: async () => (await pids()).filter(isAlive).length,
    /** Kills its processes. */
    kill: async () => {
      for (const pid of (await pids()).filter(isAlive)) process.kill(pid, 'SIGKILL');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type FakeNvidiaSmi = Awaited<ReturnType<typeof fakeNvidiaSmi>>;

/** A zombie counts as dead: the process that runs the tests may not reap it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self') || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
