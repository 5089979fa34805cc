"""A worker that hosts without Elixir start: the calls and the event stream of Snakepit's Python workers, in one file.

    python3 worker.py --port 50061 [--adapter MODULE]

Requires grpcio. MODULE has TOOLS: names and functions, which take the telemetry of the worker. With
SNAKEPIT_OTEL_ENDPOINT, and opentelemetry-exporter-otlp-proto-http installed, each request is a span.
"""

import argparse
import asyncio
import contextlib
import contextvars
import fnmatch
import importlib
import json
import os
import random
import signal
import struct
import time
import uuid

import grpc

MAX_EVENTS = 1024
CORRELATION_HEADER = "x-snakepit-correlation-id"
correlation_id = contextvars.ContextVar("correlation_id", default="")


def field(number, value):
    """Encodes a field of a message: a varint, a double, or a text, bytes or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(int.from_bytes(struct.pack("<q", value), "little"))
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(number):
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def read_varint(message, at):
    number = shift = 0
    while True:
        number |= (message[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if message[at - 1] < 128:
            return number, at


def fields(message):
    """Yields the numbers and values of the fields of a message."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        value, size = None, {1: 8, 5: 4}.get(key & 7)
        if key & 7 == 0:
            value, at = read_varint(message, at)
            yield key >> 3, value
            continue
        if size is None:
            size, at = read_varint(message, at)
        yield key >> 3, message[at : at + size]
        at += size


class Telemetry:
    """Events of the tools. As in Snakepit, all streams share one queue, and an event that finds it full is dropped silently."""

    def __init__(self):
        self._loop = asyncio.get_running_loop()
        self._events = asyncio.Queue(MAX_EVENTS)
        self._enabled, self._rate, self._allow, self._deny = True, 1.0, [], []

    def emit(self, name, measurements, metadata=None, correlation=None):
        """Sends an event. `correlation` is the id of the request; without it, the event belongs to none."""
        if not self._enabled or random.random() > self._rate or not self._is_allowed(name):
            return
        event = b"".join(field(1, part) for part in name.split("."))
        for key, value in measurements.items():
            number = 1 if isinstance(value, int) else 2 if isinstance(value, float) else 3
            event += field(2, field(1, key) + field(2, field(number, value if number < 3 else str(value))))
        for key, value in (metadata or {}).items():
            event += field(3, field(1, key) + field(2, str(value)))
        event += field(4, time.time_ns()) + (field(5, correlation) if correlation else b"")
        self._loop.call_soon_threadsafe(self._put, event)

    @contextlib.contextmanager
    def span(self, name, metadata=None, correlation=None):
        """Sends a start, and a stop or an exception. SystemExit ends the worker, and sends neither."""
        started = time.time_ns()
        self.emit(f"{name}.start", {"system_time": started}, metadata, correlation)
        try:
            yield
        except Exception as error:
            failure = {**(metadata or {}), "error_type": type(error).__name__, "error_message": str(error)}
            self.emit(f"{name}.exception", {"duration": time.time_ns() - started}, failure, correlation)
            raise
        self.emit(f"{name}.stop", {"duration": time.time_ns() - started}, metadata, correlation)

    @property
    def request(self):
        """Correlation id of the request that calls the tool."""
        return correlation_id.get()

    async def stream(self, controls, _context):
        reader = asyncio.create_task(self._read(controls))
        try:
            while (event := await self._events.get()) is not None:
                yield event
        finally:
            reader.cancel()

    def close(self):
        self._put(None)

    def _put(self, event):
        with contextlib.suppress(asyncio.QueueFull):
            self._events.put_nowait(event)

    async def _read(self, controls):
        async for control in controls:
            for kind, content in fields(control):
                if kind == 1:
                    self._enabled = bool(dict(fields(content)).get(1, 0))
                elif kind == 2:
                    self._rate = struct.unpack("<d", dict(fields(content)).get(1, bytes(8)))[0]
                elif kind == 3:
                    self._allow, self._deny = ([p.decode() for n, p in fields(content) if n == kind] for kind in (1, 2))

    def _is_allowed(self, name):
        if any(fnmatch.fnmatch(name, pattern) for pattern in self._deny):
            return False
        return not self._allow or any(fnmatch.fnmatch(name, pattern) for pattern in self._allow)


def telemetry_demo(telemetry):
    with telemetry.span("tool.execution", {"tool": "telemetry_demo"}, telemetry.request):
        time.sleep(0.05)
    return "done"


TOOLS = {"telemetry_demo": telemetry_demo}


def start_tracing():
    """Returns a tracer that exports by OTLP, as that of Snakepit's workers; None without an endpoint."""
    endpoint = os.environ.get("SNAKEPIT_OTEL_ENDPOINT")
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("SNAKEPIT_SERVICE_NAME", "snakepit.python.bridge")
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.namespace": "snakepit"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider.get_tracer("snakepit.bridge")


async def serve(port, tools):
    telemetry = Telemetry()
    tracer = start_tracing()

    @contextlib.contextmanager
    def request_span(name, headers):
        # Neither `traceparent` nor the metadata in the request counts, as in Snakepit.
        correlation_id.set(headers.get(CORRELATION_HEADER) or uuid.uuid4().hex)
        if tracer is None:
            yield
            return
        with tracer.start_as_current_span(name) as span:
            span.set_attribute("snakepit.correlation_id", correlation_id.get())
            yield

    async def execute_tool(request, context):
        name = dict(fields(request)).get(2, b"").decode()
        try:
            with request_span("BridgeService/ExecuteTool", dict(context.invocation_metadata())):
                result = await asyncio.to_thread(tools[name], telemetry)
        except Exception as error:
            return field(3, f"{type(error).__name__}: {error}")
        value = field(1, "type.googleapis.com/google.protobuf.StringValue") + field(2, json.dumps(result))
        return field(1, 1) + field(2, value)

    async def ping(request, context):
        with request_span("BridgeService/Ping", dict(context.invocation_metadata())):
            return field(1, "pong")

    handlers = {
        "ExecuteTool": grpc.unary_unary_rpc_method_handler(execute_tool),
        "Ping": grpc.unary_unary_rpc_method_handler(ping),
        "StreamTelemetry": grpc.stream_stream_rpc_method_handler(telemetry.stream),
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("snakepit.bridge.BridgeService", handlers)])
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    print(f"worker listens on {bound}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    telemetry.close()
    await server.stop(2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--adapter", default="__main__")
    # Snakepit's workers call their host at this address.
    parser.add_argument("--elixir-address")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, importlib.import_module(arguments.adapter).TOOLS))
