"""OpenTelemetry's propagator in Python, as a peer of codec-bench. Each line of stdin asks for a number of operations.

Needs opentelemetry-api. A line is "extract N" or "inject N". The program answers "done" after the N operations.
"""

import sys

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

propagator = TraceContextTextMapPropagator()
headers = {
    "tenant": "north",
    "content-type": "video/h265",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
received = propagator.extract(headers)


def extract(count):
    for _ in range(count):
        trace.get_current_span(propagator.extract(headers)).get_span_context()


def inject(count):
    carrier = {}
    for _ in range(count):
        propagator.inject(carrier, received)


for line in sys.stdin:
    operation, count = line.split()
    {"extract": extract, "inject": inject}[operation](int(count))
    print("done", flush=True)
