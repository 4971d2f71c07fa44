"""Reads records as an instrumented Python program does: read.py BOOTSTRAP TOPIC COUNT

OpenTelemetry's propagators, as OTEL_PROPAGATORS names them, read the headers. Prints one JSON line for each record: the
context that was read, and the record's value.
"""

import json
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from kafka import properties
from opentelemetry import baggage, propagate, trace


def main():
    bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    consumer = Consumer(properties(bootstrap, group_id="interop", enable_auto_commit=False))
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    end = time.monotonic() + 60
    read = 0
    while read < count:
        if time.monotonic() > end:
            sys.exit(f"{read} of {count} records within 60 s")
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            sys.exit(str(message.error()))
        headers = message.headers() or []
        # The names are in exact case, except for B3 in several headers: OpenTelemetry in Python looks for lower case,
        # and in Java for X-B3-TraceId.
        carrier = {
            name.lower() if name.startswith("X-B3-") else name: value.decode()
            for name, value in headers
            if value is not None
        }
        found = propagate.extract(carrier)
        span = trace.get_current_span(found).get_span_context()
        print(
            json.dumps(
                {
                    "trace_id": trace.format_trace_id(span.trace_id),
                    "span_id": trace.format_span_id(span.span_id),
                    "is_sampled": span.trace_flags.sampled,
                    "baggage": dict(baggage.get_all(found)),
                    "names": [name for name, _ in headers],
                    "value": message.value().decode(),
                }
            )
        )
        read += 1
    consumer.close()


main()
