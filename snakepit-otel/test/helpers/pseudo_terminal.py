"""Runs a program in a pseudo-terminal. Reads commands as JSON lines from stdin and writes what happens as JSON lines."""

import base64
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios

columns, rows, *command = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def report(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


ready, is_ready = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    # The size is set before the program can read it: the parent writes a byte when it is.
    os.read(ready, 1)
    os.execvp(command[0], command)

resize(terminal, columns, rows)
os.write(is_ready, b"\n")
pending = b""
while True:
    readable, _, _ = select.select([terminal, 0], [], [])
    if terminal in readable:
        try:
            output = os.read(terminal, 65536)
        except OSError:
            output = b""
        if not output:
            break
        report(output=base64.b64encode(output).decode())
    if 0 in readable:
        chunk = os.read(0, 65536)
        if not chunk:
            os.kill(pid, 9)
            break
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "write" in request:
                os.write(terminal, base64.b64decode(request["write"]))
            if "resize" in request:
                resize(terminal, *request["resize"])
            if "modes" in request:
                flags = termios.tcgetattr(terminal)[3]
                report(modes={"echo": bool(flags & termios.ECHO), "canonical": bool(flags & termios.ICANON)})
_, status = os.waitpid(pid, 0)
report(code=os.waitstatus_to_exitcode(status))
