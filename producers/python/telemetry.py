"""Events and spans of a Python process for opentelemetry-instrumentation-snakepit. Copy this file; it needs nothing but Python 3.8.

    import telemetry

    with telemetry.span("inference", model="resnet50"):
        telemetry.emit("batch.loaded", {"items": 8})

Each event is one line on stderr, which the Node process that starts this one reads with watchChildProcess(). Nothing here raises.
The environment that SnakepitInstrumentation or workerContext() gives to this process puts the events into the trace of the span that
started it. A worker that serves many requests passes traceparent= and correlation_id= of the request instead.
"""
import contextlib
import itertools
import json
import os
import sys
import time

_spans = itertools.count()


def emit(event, measurements=None, /, **metadata):
    """Writes an event: its name, numbers by key, and anything else about it."""
    try:
        line = {
            "event": event,
            "measurements": measurements or {},
            "timestamp_ns": time.time_ns(),
            "correlation_id": metadata.pop("correlation_id", os.environ.get("SNAKEPIT_CORRELATION_ID")),
            "traceparent": metadata.pop("traceparent", os.environ.get("TRACEPARENT")),
            "metadata": metadata,
        }
        text = "TELEMETRY:" + json.dumps(line, skipkeys=True, default=str) + "\n"
        sys.__stderr__.buffer.write(text.encode())
        sys.__stderr__.buffer.flush()
    except Exception:
        pass


@contextlib.contextmanager
def span(name, /, **metadata):
    """Writes the start and the end of what runs inside of it."""
    metadata["telemetry_span_context"] = f"{os.getpid()}-{next(_spans)}"
    begin = time.perf_counter_ns()
    emit(f"{name}.start", {"system_time": time.time_ns()}, **metadata)
    try:
        yield
    except BaseException as error:
        failure = {"error_type": type(error).__name__, "error_message": error}
        emit(f"{name}.exception", {"duration": time.perf_counter_ns() - begin}, **{**metadata, **failure})
        raise
    emit(f"{name}.stop", {"duration": time.perf_counter_ns() - begin}, **metadata)
