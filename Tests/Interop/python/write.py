"""Sends records as an instrumented Python program does: write.py BOOTSTRAP TOPIC COUNT

Each record is sent in its own span, and OpenTelemetry's propagators, as OTEL_PROPAGATORS names them, write the
headers. The value names the trace, the span and the baggage. Prints one JSON line for each record.
"""

import json
import sys

from confluent_kafka import Producer
from kafka import properties
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider


def main():
    bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    trace.set_tracer_provider(TracerProvider())
    tracer = trace.get_tracer("interop")
    producer = Producer(properties(bootstrap))
    failures = []
    for number in range(count):
        # The value has no space, because OpenTelemetry in Python writes a space as "+", which W3C Baggage (section 3.3)
        # does not define.
        camera = f"north-gate/é,{number}"
        token = context.attach(baggage.set_baggage("camera", camera))
        with tracer.start_as_current_span("send") as span:
            ids = span.get_span_context()
            carrier = {}
            propagate.inject(carrier)
            said = {
                "trace_id": trace.format_trace_id(ids.trace_id),
                "span_id": trace.format_span_id(ids.span_id),
                "camera": camera,
                "headers": carrier,
            }
            producer.produce(
                topic,
                json.dumps(said),
                headers=[(name, value.encode()) for name, value in carrier.items()],
                on_delivery=lambda error, _: failures.append(str(error)) if error else None,
            )
            print(json.dumps(said))
        context.detach(token)
        producer.poll(0)
    if producer.flush(60) or failures:
        sys.exit(f"not delivered: {failures}")


main()
