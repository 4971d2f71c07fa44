"""OpenTelemetry's propagators and ours read each other's headers: propagators.py HEADER_FILTER [CONTEXTS]

HEADER_FILTER is the executable of that name, which answers a line for each line. For every format random contexts go both
ways: what OpenTelemetry injects is extracted by it, and what it propagates is extracted by OpenTelemetry. Ends with 1 when
anything differs.
"""

import json
import random
import subprocess
import sys

from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.propagators.jaeger import JaegerPropagator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# By our names: the propagator, and whether the format carries trace, tracestate and baggage.
FORMATS = {
    "w3c": (TraceContextTextMapPropagator(), True, True, False),
    "baggage": (W3CBaggagePropagator(), False, False, True),
    "b3": (B3SingleFormat(), True, False, False),
    "b3multi": (B3MultiFormat(), True, False, False),
    "jaeger": (JaegerPropagator(), True, False, True),
}
# OpenTelemetry in Python writes a space in baggage as "+", which W3C Baggage (section 3.3) does not know.
VALUES = ["north-gate", "נמל", "50%", "a,b;c=d", '"\\', "é/ñ?", "1+1"]


class Filter:
    """The executable, asked and answered line by line: it must not keep an answer back."""

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
        trace_flags=TraceFlags(random.randrange(2)),
        trace_state=state,
    )
    context = trace.set_span_in_context(NonRecordingSpan(span))
    for number, value in enumerate(random.sample(VALUES, random.randrange(4))):
        context = baggage.set_baggage(f"key{number}", value, context)
    return context, span


def expected(context, span, has_trace, has_state, has_baggage):
    return {
        "trace_id": trace.format_trace_id(span.trace_id) if has_trace else None,
        "span_id": trace.format_span_id(span.span_id) if has_trace else None,
        "sampled": span.trace_flags.sampled if has_trace else None,
        "tracestate": (span.trace_state.to_header() or None) if has_state else None,
        "baggage": (dict(baggage.get_all(context)) or None) if has_baggage else None,
    }


def check(name, extract, propagate):
    propagator, *has = FORMATS[name]
    context, span = random_context()
    carrier = {}
    propagator.inject(carrier, context)
    headers = list(carrier.items())
    want = expected(context, span, *has)

    # Theirs, read by us.
    answer = extract.ask({"codec": name, "headers": headers})
    got = {key: answer[key] for key in want}
    if got != want:
        return f"{name}: {headers} was read as {got}, not {want}"

    # Ours, read by them: the same trace in a span of its own.
    sent = propagate.ask({"headers": [["tenant", None], *headers]})["headers"]
    found = propagator.extract(dict(header for header in sent if header[1] is not None))
    ours = trace.get_current_span(found).get_span_context()
    got = expected(found, ours, *has)
    if has[0] and (got["span_id"] == want["span_id"] or not ours.is_valid):
        return f"{name}: {headers} was sent on as {sent}, without a span of its own"
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
        print(f"{name}: {count} contexts both ways, all the same")
    extract.end()


main()
