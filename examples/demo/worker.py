"""The demo's worker: reads requests on stdin and writes answers on stdout, one line of JSON each. Its errors are real, not simulated."""

import json
import os
import resource
import signal
import sys
import time
import traceback


def predict(request):
    with open(request["model"], encoding="utf-8") as model:
        weights = json.load(model)
    started = time.perf_counter()
    while time.perf_counter() - started < request["work_ms"] / 1000:
        sum(weight * weight for weight in weights)
    if request.get("rows") not in (None, len(weights)):
        raise ValueError(f"cannot multiply {request['rows']} rows by {len(weights)} weights")
    if "allocate_bytes" in request:
        allocate(request["allocate_bytes"])
    if request.get("crash"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"score": sum(weights)}


def allocate(size):
    unlimited, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size // 2, hard))
    try:
        bytearray(size)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (unlimited, hard))


commands = {"ping": lambda request: {}, "predict": predict}

for line in sys.stdin:
    try:
        request = json.loads(line)
        answer = {"result": commands[request["command"]](request)}
    except BaseException as error:
        name = type(error).__name__
        answer = {"error": {"type": name, "message": str(error), "traceback": traceback.format_exc()}}
    print(json.dumps(answer), flush=True)
