"""A camera in Python. It sends frames to detection-service, and reads the answers: camera.py [FRAMES=3]

Each frame is sent in a trace of its own. OpenTelemetry's instrumentation of confluent-kafka writes the trace into the
headers, detection-service continues it, and the answer brings it back. Prints a row for each frame. Ends with status 1
if an answer has another trace, or does not arrive within two minutes. KAFKA_BOOTSTRAP_SERVERS names the broker.
"""

import os
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.confluent_kafka import ConfluentKafkaInstrumentor
from opentelemetry.instrumentation.confluent_kafka.utils import KafkaContextGetter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

LIMIT = 120
provider = TracerProvider(resource=Resource.create({"service.name": "camera"}))
tracer = provider.get_tracer("camera")


def trace_id(span):
    return trace.format_trace_id(span.get_span_context().trace_id)


def send(producer, count):
    """Sends the frames, and returns the trace of each key."""
    run = uuid.uuid4().hex[:8]
    sent = {}
    failures = []
    for number in range(count):
        with tracer.start_as_current_span("frame captured") as span:
            frame = bytes([255] * (number % 100))
            key = f"camera-{run}-{number}"
            sent[key] = trace_id(span)
            producer.produce("frames", frame, key=key, on_delivery=lambda error, _: error and failures.append(error))
    if producer.flush(LIMIT) or failures:
        sys.exit(f"error: frames were not delivered: {failures or 'no broker answers'}")
    return sent


def partitions(consumer, topic):
    """Waits until the topic exists. A broker that creates topics by itself makes it now."""
    end = time.monotonic() + LIMIT
    while not (found := consumer.list_topics(topic, timeout=LIMIT).topics[topic].partitions):
        if time.monotonic() > end:
            sys.exit(f"error: create the topic {topic}")
        time.sleep(0.1)
    return [TopicPartition(topic, number) for number in found]


def begin_at_end(consumer, topic):
    """Reads the records that come from now on."""
    ends = partitions(consumer, topic)
    for partition in ends:
        _, partition.offset = consumer.get_watermark_offsets(partition, timeout=LIMIT)
    consumer.assign(ends)


def answers(consumer, sent):
    """Yields the key, the value and the trace of each answer."""
    waiting = set(sent)
    end = time.monotonic() + LIMIT
    while waiting:
        if time.monotonic() > end:
            sys.exit(f"error: {len(waiting)} of {len(sent)} frames have no answer. Does detection-service run?")
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        key = (message.key() or b"").decode(errors="replace")
        if key not in waiting:
            continue
        waiting.remove(key)
        # The instrumentation of a consumer only links its span to the sender's. This program continues the trace.
        context = propagate.extract(message.headers() or [], getter=KafkaContextGetter())
        with tracer.start_as_current_span("answer received", context) as span:
            yield key, message.value().decode(), trace_id(span)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        sys.exit("error: set KAFKA_BOOTSTRAP_SERVERS to the broker's host:port")
    settings = {"bootstrap.servers": servers}
    consumer = Consumer(
        settings | {"group.id": "camera", "enable.auto.commit": False, "allow.auto.create.topics": True}
    )
    partitions(consumer, "frames")
    begin_at_end(consumer, "detections")
    sent = send(ConfluentKafkaInstrumentor.instrument_producer(Producer(settings), provider), count)
    print(f"{'frame':<24}{'objects':<9}{'trace sent':<34}trace received")
    wrong = 0
    for key, objects, received in answers(consumer, sent):
        wrong += received != sent[key]
        print(f"{key:<24}{objects:<9}{sent[key]:<34}{received}")
    consumer.close()
    if wrong:
        sys.exit(f"error: {wrong} of {count} answers have another trace")


main()
