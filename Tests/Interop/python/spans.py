"""spans.py FILE MINIMUM: checks the spans among the lines of a file with OpenTelemetry's protobuf definitions.

Each span must be below a span of the file, or be the first of its trace, and each line of a monitored task must have
its span. There must be at least MINIMUM spans.
"""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

IDENTIFIERS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def protobuf_form(value):
    """The JSON form of protobuf has Base64 for bytes; OTLP/JSON has hex digits for identifiers."""
    if isinstance(value, list):
        return [protobuf_form(element) for element in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, member in value.items():
        if key in IDENTIFIERS:
            identifier = bytes.fromhex(member)
            if len(identifier) != IDENTIFIERS[key] or member != member.lower():
                raise ValueError(f"{key} is {member}")
            result[key] = base64.b64encode(identifier).decode()
        else:
            result[key] = protobuf_form(member)
    return result


def read(path):
    spans, lines = {}, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith('{"resourceSpans"'):
                lines.append(json.loads(line))
                continue
            data = json_format.ParseDict(protobuf_form(json.loads(line)), TracesData())
            for resource in data.resource_spans:
                names = {attribute.key for attribute in resource.resource.attributes}
                assert "service.name" in names, names
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        assert span.span_id not in spans, f"two spans {span.span_id.hex()}"
                        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano, span
                        keys = [attribute.key for attribute in span.attributes]
                        assert len(set(keys)) == len(keys), keys
                        spans[span.span_id] = span
    return spans, lines


spans, lines = read(sys.argv[1])
for span in spans.values():
    if not span.parent_span_id:
        continue
    parent = spans.get(span.parent_span_id)
    assert parent is not None, f"{span.name} is below {span.parent_span_id.hex()}, which nobody exports"
    assert parent.trace_id == span.trace_id, span
tasks = [line for line in lines if line["message"].startswith("Task ") and line.get("trace_flags") == "01"]
for line in tasks:
    span = spans.get(bytes.fromhex(line["span_id"]))
    assert span is not None and span.trace_id.hex() == line["trace_id"], line
assert len(spans) >= int(sys.argv[2]), len(spans)
print(f"{len(spans)} spans in {len({span.trace_id for span in spans.values()})} traces, {len(tasks)} lines of tasks")
