import { expect, test } from 'vitest';
import { pythonCommand } from '../../../src/instrumentations/python/python-command.js';

const shell = (text: string) => ['/bin/sh', '-c', text];

test.for<[readonly string[], string, string]>([
  [['python3', 'jobs/score.py', '--key', 'k'], 'python3', 'score.py'],
  [['/venv/bin/python3.13t', '-u', '-W', 'ignore', '-Xdev', '-OO', 'a.py', 'b.py'], 'python3.13t', 'a.py'],
  [['C:/Python/python.exe', 'a.py'], 'python.exe', 'a.py'],
  [['pypy3', '--check-hash-based-pycs', 'always', '--', '-a.py'], 'pypy3', '-a.py'],
  [['python3', '-c', 'import secret'], 'python3', '<inline>'],
  [['python3', '-uc', 'import secret'], 'python3', '<inline>'],
  [['python3', '-cimport secret'], 'python3', '<inline>'],
  [['python3', '/tmp/pythonShellFile123456789.py'], 'python3', '<inline>'],
  [['python3', '-m', 'pkg.tool', 'secret'], 'python3', 'pkg.tool'],
  [['python3', '-Impkg.tool'], 'python3', 'pkg.tool'],
  [['python3', '-'], 'python3', '<stdin>'],
  [['python3'], 'python3', '<stdin>'],
  [['python3', '-i'], 'python3', '<stdin>'],
  [['python3', 'app/'], 'python3', 'app'],
  [['./tool.py', 'secret'], 'tool.py', 'tool.py'],
  [['/usr/bin/env', 'A=secret', 'python3', 'a.py'], 'python3', 'a.py'],
  [['uv', 'run', '--with', 'numpy', 'score.py', 'secret'], 'uv', 'score.py'],
  [['poetry', 'run', 'python', '-m', 'pkg.tool'], 'python', 'pkg.tool'],
  [['env', '-i', 'A=secret', 'python3', 'x.py'], 'python3', 'x.py'],
  [['env', '-u', 'HOME', '--chdir', '/tmp', 'python3', 'x.py'], 'python3', 'x.py'],
  [['env', '-iu', 'python3', '-', 'pypy3', 'x.py'], 'pypy3', 'x.py'],
  [['/usr/bin/timeout', '5', 'python3', 'x.py', 'secret'], 'python3', 'x.py'],
  [['timeout', '--foreground', '-k5', '-s', 'KILL', '1m', 'python3', '-m', 'pkg'], 'python3', 'pkg'],
  [['nice', '-n', '5', 'python3'], 'python3', '<stdin>'],
  [['nice', '-n5', 'ionice', '-c', '2', '-n', '0', 'stdbuf', '-oL', 'x.py'], 'x.py', 'x.py'],
  [['nice', '-19', 'taskset', '-c', '0-3', 'chrt', '--fifo', '10', 'python', 'x.py'], 'python', 'x.py'],
  [['sudo', '-u', 'python', '--', 'A=secret', 'python3', 'x.py'], 'python3', 'x.py'],
  [['timeout', '5', 'sh', '-c', "exec env -i python3 -c 'import secret'"], 'python3', '<inline>'],
  [['opentelemetry-instrument', '--traces_exporter', 'console', 'python3', 'x.py'], 'python3', 'x.py'],
  [['mpirun', '-np', '4', 'python3', 'train.py'], 'python3', 'train.py'],
  [['py', '-3.12', 'x.py'], 'py', 'x.py'],
  [['uv', '--quiet', 'run', '--with', 'python', '--extra', 'gpu', '--', 'python', 'x.py'], 'python', 'x.py'],
  [['uv', 'run', '--env-file', '.env', '--python', 'python3.12', 'x.py', 'y.py'], 'uv', 'x.py'],
  [['uv', 'run', '--with', 'numpy', '-m', 'pkg.tool', 'secret'], 'python', 'pkg.tool'],
  [['poetry', '-C', 'app', 'run', 'env', 'A=secret', 'python', 'x.py'], 'python', 'x.py'],
  [['conda', 'run', '-n', 'python3', '--cwd', '/tmp', 'python', 'x.py'], 'python', 'x.py'],
  [['micromamba', 'run', '-n', 'env', 'bash', '-c', 'timeout 5 python x.py'], 'python', 'x.py'],
  [shell('python3 "my tool.py" secret'), 'python3', 'my tool.py'],
  [shell('cd "a b" && KEY=secret exec /v/bin/python my\\ tool.py>out; true'), 'python', 'my tool.py'],
  [shell("cat a | python3 -c 'import secret'"), 'python3', '<inline>'],
  [shell('if ! command -v python3; then exit 1; else env -i python3 a.py; fi'), 'python3', 'a.py'],
  [shell('echo $(python3 a.py)'), 'python3', 'a.py'],
  [shell('python3 <<END\nimport secret\nEND'), 'python3', '<stdin>'],
  [['bash', '-lc', 'uv run a.py'], 'uv', 'a.py'],
  [['env', '-S', 'python3 -u x.py', 'secret'], 'python3', 'x.py'],
  [['env', '-S', 'python3'], 'python3', '<stdin>'],
  [['/usr/bin/env', '-iSpython3 -m', 'pkg.tool'], 'python3', 'pkg.tool'],
  [['env', '-u', '-S', '-vS', '-i A=secret python3', 'x.py'], 'python3', 'x.py'],
  [['env', '--split-string=--chdir=/tmp python3 x.py'], 'python3', 'x.py'],
  [['env', '--split', "-S '-S python3' 'my tool.py'"], 'python3', 'my tool.py'],
  [['env', '-S', 'python3\\_-u\\_"my\\_tool.py"#not a comment'], 'python3', 'my tool.py#not'],
  [['env', '-S', "\"py\"thon3 'it\\'s.py' \\# # comment"], 'python3', "it's.py"],
  [['env', '-S', 'timeout 5 python3\\c ignored', 'x.py'], 'python3', 'x.py'],
  [['env', '-S', `\${VENV}/bin/python3 "\${HOME}/x.py"`], 'python3', 'x.py'],
  [['env', '-S', '# comment', 'python3', 'x.py'], 'python3', 'x.py'],
  [shell('env -S "python3 -u x.py" secret'), 'python3', 'x.py'],
  [['bash', '-o', 'pipefail', '-c', 'python3 x.py'], 'python3', 'x.py'],
  [['bash', '-euo', 'pipefail', '-O', 'extglob', '--norc', '-c', '-x', 'python3 x.py'], 'python3', 'x.py'],
  [['bash', '--rcfile', '/c', '--login', '-c', '--', 'python3 x.py', 'python3'], 'python3', 'x.py'],
  [['busybox', 'sh', '-c', 'python3 x.py'], 'python3', 'x.py'],
  [['fish', '-c', 'python3 x.py'], 'python3', 'x.py'],
  [shell('>log 2>&1 python3 x.py'), 'python3', 'x.py'],
  [shell('python3 2>log -u x.py &>>log'), 'python3', 'x.py'],
  [shell('cat <(python3 x.py)'), 'python3', 'x.py'],
  [shell("cat <<'END' - <<-LAST | python3 x.py\npypy3\nEND\n\tpypy3\n\tLAST\n"), 'python3', 'x.py'],
  [shell('cat <<END\npypy3\nEND\npython3 x.py'), 'python3', 'x.py'],
  [shell('cat <<<word; cat 0<<<word\npython3 x.py'), 'python3', 'x.py'],
  [shell('# runs; pypy3\npython3 \\\n  -u \\\r\n  x.py'), 'python3', 'x.py'],
  [shell('python3 "my \\"own\\" tool.py"'), 'python3', 'my "own" tool.py'],
  [['uv.exe', 'run', 'x.py'], 'uv.exe', 'x.py'],
  [['conda.BAT', 'run', '-n', 'ml', 'python', 'x.py'], 'python', 'x.py'],
  [['cmd', '/c', 'C:\\bin\\opentelemetry-instrument.exe python x.py'], 'python', 'x.py'],
  [['cmd', '/c', 'python', 'my tool.py', 'secret'], 'python', 'my tool.py'],
  [['cmd.exe', '/d', '/s', '/c', '"C:\\Python\\python.exe C:\\jobs\\x.py>log"'], 'python.exe', 'x.py'],
  [['cmd', '/c', 'cd "a & b" && "C:\\my programs\\python.exe" -u x.py'], 'python.exe', 'x.py'],
  [['powershell.exe', '-c', 'python C:\\jobs\\x.py'], 'python', 'x.py'],
  [['pwsh', '-NoProfile', '-Command', 'python', 'x.py'], 'python', 'x.py'],
  [['cmd.exe', '/d', '/s', '/c', '"python "my tool.py" secret"'], 'python', 'my tool.py'],
])('recognizes %j', ([words, program, script]) => {
  expect(pythonCommand(words)).toEqual({ program, script });
});

test.for<[readonly string[]]>([
  [['node', 'python.js']],
  [['echo', 'python3', 'a.py']],
  [['python3-config', '--libs']],
  [['uv', 'pip', 'install', 'a.py']],
  [['sh', 'python3']],
  [['env', '-i', 'node', 'python3', 'a.py']],
  [['env', '-u', 'python3', 'node']],
  [['timeout', '5', 'node', 'a.py']],
  [['timeout', '5']],
  [['nice', '-n', '5', 'cat', 'a.py']],
  [['sudo', '-u', 'python3', 'id']],
  [['conda', 'run', '-n', 'python3', 'node', 'a.py']],
  [['uv', 'run', 'ruff', 'check', 'a.py']],
  [['uv', 'run', '--', 'ruff', 'a.py']],
  [['uv', 'tool', 'run', 'a.py']],
  [['env', '-S', 'node', 'python3']],
  [['env', '-uS', 'node', 'python3']],
  [['env', '-S', 'python3 "x.py']],
  [['env', '-S', "python3 'x.py"]],
  [['env', '-S', 'python3 \\']],
  [['env', '-S', 'python3 \\q', 'python3']],
  [['env', '-S', 'python3 $HOME/x.py']],
  [['env', '-S', 'python3 "\\q"']],
  [['env', '-S']],
  [['env', '--', '-S', 'python3']],
  [['bash', '-o', 'python3']],
  [['bash', '--rcfile', '-c', 'python3']],
  [['sh', '-c']],
  [shell('node gen.js > x.py')],
  [shell('wc <x.py 2>python3 >&python3')],
  [shell('cat <<END\npython3 x.py\nEND')],
  [shell('cat <<END\npython3 x.py')],
  [shell('true # python3; python3 x.py')],
  [['cmd', '/c', 'node gen.js > x.py']],
  [['cmd', '/k', 'python']],
  [['pwsh', '-File', 'x.ps1']],
  [shell('command -v python3')],
  [shell('echo "python3 a.py"; grep python3 a')],
  [shell('')],
  [[]],
])('recognizes no Python in %j', ([words]) => {
  expect(pythonCommand(words)).toBeUndefined();
});

test('redacts and limits the name of a script', () => {
  const key = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD';
  expect(pythonCommand(['python3', `${key}.py`])?.script).not.toContain(key);
  expect(pythonCommand(['python3', `${'a'.repeat(1000)}.py`])?.script).toHaveLength(128);
  expect(pythonCommand(['python3', 'a\n\u001b[2Jb.py'])?.script).toBe('a b.py');
});

test.for([`"'`, '\\', 'a"', `'"`, '('])('reads a long hostile text of %s', (part) => {
  expect(pythonCommand(shell(`python ${part.repeat(1_000_000)}`))?.program).toBe('python');
});

test.for([`'`, `"`, '\\', '<<a\n', '#', '>', '>>('])(
  'reads a long hostile text of %j, in all shells',
  (part) => {
    const text = `node ${part.repeat(1_000_000)}`;
    for (const words of [
      shell(text),
      ['cmd', '/c', text],
      ['env', '-S', text],
      ['env', `-S${text.slice(0, 8000)}`],
    ])
      expect(pythonCommand(words)).toBeUndefined();
  },
);

test('reads a long hostile list of launchers', () => {
  for (const words of [['env', '-i'], ['env', '-S', ''], ['uv', 'run', '-a'], ['sh', '-c'], ['timeout']]) {
    const hostile = Array.from({ length: 20_000 }, () => words).flat();
    expect(pythonCommand(hostile)?.program).toBeUndefined();
  }
});
