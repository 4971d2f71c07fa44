"""spans.py FILE MINIMUM: checks the spans among the lines of a file with OpenTelemetry's protobuf definitions.

Each span must be below a span of the file, or be the first of its trace, and each line of a monitored task must have
its span. There must be at least MINIMUM spans. Examples/Observability/send_spans.py must send the same spans.
"""

import http.server
import json
import pathlib
import subprocess
import sys
import threading

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

OBSERVABILITY = pathlib.Path(__file__).resolve().parents[3] / "Examples" / "Observability"
sys.path.insert(0, str(OBSERVABILITY))
from send_spans import protobuf_form  # noqa: E402


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


def sent(path):
    """The spans that send_spans.py sends for the file, to an OTLP/HTTP endpoint of this process."""
    spans = {}

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    spans.update((span.span_id, span) for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Endpoint) as server, open(path, "rb") as file:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v1/traces"
        command = [sys.executable, str(OBSERVABILITY / "send_spans.py"), address]
        subprocess.run(command, stdin=file, check=True, timeout=60)
        server.shutdown()
    return spans


spans, lines = read(sys.argv[1])
assert sent(sys.argv[1]) == spans, "send_spans.py sends other spans"
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
