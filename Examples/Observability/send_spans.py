"""Sends the spans among log lines to an OTLP/HTTP endpoint, without a collector. It needs PyPI's opentelemetry-proto.

    LOG_SPANS=otlp my-service | python3 Examples/Observability/send_spans.py http://localhost:6006/v1/traces

It reads the lines of LOG_SPANS=otlp from stdin, skips all other lines, and sends a request with the spans that have
arrived. A service that still runs is shown while it runs.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.request

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

IDENTIFIERS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}
SPANS = b'{"resourceSpans"'
LARGEST_REQUEST = 1 << 20  # bytes of lines


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


def request_of(lines):
    """One request with the spans of many lines."""
    request = ExportTraceServiceRequest()
    for line in lines:
        try:
            data = json_format.ParseDict(protobuf_form(json.loads(line)), ExportTraceServiceRequest())
        except (ValueError, AttributeError, json_format.ParseError) as error:
            sys.exit(f"error: a line is not OTLP/JSON: {error}: {line[:200].decode(errors='replace')}")
        request.resource_spans.extend(data.resource_spans)
    return request


def send(address, lines):
    """Sends the spans of the lines, and returns how many the endpoint refused."""
    body = request_of(lines).SerializeToString()
    headers = {"Content-Type": "application/x-protobuf"}
    with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=30) as answer:
        response = ExportTraceServiceResponse.FromString(answer.read())
    refused = response.partial_success.rejected_spans
    if refused:
        print(f"the endpoint refused {refused} spans: {response.partial_success.error_message}", file=sys.stderr)
    return refused


def batches(descriptor):
    """Lists of the span lines that are there at once."""
    rest = b""
    while block := os.read(descriptor, LARGEST_REQUEST):
        *lines, rest = (rest + block).split(b"\n")
        if found := [line for line in lines if line.startswith(SPANS)]:
            yield found
    if rest.startswith(SPANS):
        yield [rest]


def main():
    if len(sys.argv) != 2 or not sys.argv[1].startswith("http"):
        sys.exit("usage: send_spans.py http://HOST:PORT/v1/traces <LINES")
    sent = refused = 0
    try:
        for lines in batches(sys.stdin.fileno()):
            refused += send(sys.argv[1], lines)
            sent += len(lines)
    except (urllib.error.URLError, TimeoutError) as error:
        sys.exit(f"error: {sys.argv[1]}: {error}; {sent} spans were sent")
    print(f"{sent} spans sent, {refused} refused", file=sys.stderr)
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
