"""Checks that OpenTelemetry and ma-logger read each other's headers: propagators.py HEADER_FILTER [CONTEXTS]

HEADER_FILTER is the executable of that name, which answers each line with one line. For every format, random contexts
go both ways: HEADER_FILTER extracts the headers that OpenTelemetry injects, and OpenTelemetry extracts the headers that
HEADER_FILTER propagates. Names are compared in exact case, as over Kafka, except for b3multi: OpenTelemetry in Python
looks for lower case, but in Java it looks for the spelling that ma-logger writes. Ends with status 1 if anything
differs.
"""

import json
import random
import re
import subprocess
import sys

from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.propagators.jaeger import JaegerPropagator
from opentelemetry.propagators.ot_trace import OTTracePropagator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# The propagator of each codec, and whether its format has a trace, a tracestate and baggage.
FORMATS = {
    "w3c": (TraceContextTextMapPropagator(), True, True, False),
    "baggage": (W3CBaggagePropagator(), False, False, True),
    "b3": (B3SingleFormat(), True, False, False),
    "b3multi": (B3MultiFormat(), True, False, False),
    "jaeger": (JaegerPropagator(), True, False, True),
    "xray": (AwsXRayPropagator(), True, False, False),
    "ottrace": (OTTracePropagator(), True, False, True),
}
# OpenTelemetry in Python writes a space in baggage as "+", which W3C Baggage (section 3.3) does not define.
VALUES = ["north-gate", "נמל", "50%", "a,b;c=d", '"\\', "é/ñ?", "1+1"]


class Filter:
    """The executable. It must answer each line before it gets the next one."""

    def __init__(self, path, *arguments):
        command = [path, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        assert self.process.stdout.read() == "" and self.process.wait() == 0, self.process.args


def random_context():
    state = TraceState([(f"k{number}", f"v{number}") for number in range(random.randrange(4))])
    span = SpanContext(
        trace_id=random.getrandbits(128) or 1,
        span_id=random.getrandbits(64) or 1,
        is_remote=False,
        trace_flags=TraceFlags(random.randrange(4)),
        trace_state=state,
    )
    context = trace.set_span_in_context(NonRecordingSpan(span))
    for number, value in enumerate(random.sample(VALUES, random.randrange(4))):
        context = baggage.set_baggage(f"key{number}", value, context)
    return context, span


def expected(name, context, span):
    _, has_trace, has_state, has_baggage = FORMATS[name]
    values = dict(baggage.get_all(context)) if has_baggage else {}
    trace_id, is_sampled = span.trace_id, span.trace_flags.sampled
    if name == "ottrace":
        # OpenTelemetry sends half of the trace ID, no value beyond Latin-1, and "false" for a trace that is sampled and
        # random.
        trace_id %= 1 << 64
        is_sampled = span.trace_flags == TraceFlags.SAMPLED
        values = {key: value for key, value in values.items() if re.fullmatch(r"[\t\x20-\x7e\x80-\xff]+", value)}
    return {
        "trace_id": trace.format_trace_id(trace_id) if has_trace else None,
        "span_id": trace.format_span_id(span.span_id) if has_trace else None,
        "sampled": is_sampled if has_trace else None,
        "tracestate": (span.trace_state.to_header() or None) if has_state else None,
        "baggage": values or None,
    }


def check(name, extract, propagate):
    propagator, has_trace, *_ = FORMATS[name]
    context, span = random_context()
    carrier = {}
    propagator.inject(carrier, context)
    headers = list(carrier.items())
    want = expected(name, context, span)

    # ma-logger reads OpenTelemetry's headers.
    answer = extract.ask({"codec": name, "headers": headers})
    got = {key: answer[key] for key in want}
    if got != want:
        return f"{name}: {headers} was read as {got}, not {want}"

    # OpenTelemetry reads ma-logger's headers: the same trace in a new span.
    sent = propagate.ask({"headers": [["tenant", None], *headers]})["headers"]
    spelled = {key.lower() if name == "b3multi" else key: value for key, value in sent if value is not None}
    found = propagator.extract(spelled)
    ours = trace.get_current_span(found).get_span_context()
    got = expected(name, found, ours)
    if has_trace and (got["span_id"] == want["span_id"] or not ours.is_valid):
        return f"{name}: {headers} was sent on as {sent}, without a new span"
    if got | {"span_id": None} != want | {"span_id": None}:
        return f"{name}: {headers} was sent on as {sent}, which is {got}, not {want}"
    if sent[0] != ["tenant", None]:
        return f"{name}: the application's header became {sent[0]}"
    return None


def main():
    path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    seed = random.randrange(1 << 32)
    random.seed(seed)
    extract = Filter(path, "extract")
    for name in FORMATS:
        codecs = "tracecontext" if name == "w3c" else name
        propagate = Filter(path, "propagate", "--codecs", codecs)
        for _ in range(count):
            if problem := check(name, extract, propagate):
                sys.exit(f"error: seed {seed}: {problem}")
        propagate.end()
        print(f"{name}: {count} contexts both ways, no difference")
    extract.end()


main()
