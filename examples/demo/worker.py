"""A worker of the demo: one request on stdin, one answer on stdout, as JSON. What goes wrong here goes wrong for real."""

import json
import resource
import sys
import time
import traceback


def infer(request):
    with open(request["model"], encoding="utf-8") as model:
        weights = json.load(model)
    started = time.perf_counter()
    while time.perf_counter() - started < request["work_ms"] / 1000:
        sum(weight * weight for weight in weights)
    if request.get("rows") not in (None, len(weights)):
        raise ValueError(f"cannot multiply {request['rows']} rows by {len(weights)} weights")
    if "allocate_bytes" in request:
        limit = request["allocate_bytes"] // 2
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        bytearray(request["allocate_bytes"])
    return {"score": sum(weights)}


try:
    answer = {"result": infer(json.loads(sys.stdin.read()))}
except BaseException as error:
    name = type(error).__name__
    answer = {"error": {"type": name, "message": str(error), "traceback": traceback.format_exc()}}
print(json.dumps(answer))
