"""Checks the files of this folder, and applies the Collector's steps to log lines. It needs PyYAML, and no containers.

    quickstart --frames 10 | python3 Examples/Observability/check.py

- Every file loads. Every image has a version, and every published port is on 127.0.0.1.
- Mounted files, components of pipelines, data sources, hosts and ports that one file names exist in the other.
- The steps of collector.yaml (filter, json_parser, trace_parser, move, transform) turn each line from stdin into the
  log record that ma-logger means. This program has its own reading of these steps, after the Collector's documentation.
"""

import json
import pathlib
import re
import sys
from datetime import datetime, timezone

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LOKI_PORT = 3100  # of the configuration in Loki's image
SEVERITIES = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "NOTICE": 10, "WARNING": 13, "ERROR": 17, "CRITICAL": 21}
ALIASES = {
    f"{name}{step or ''}": first + max(step - 1, 0)
    for name, first in {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}.items()
    for step in (0, 2, 3, 4)
}
LAYOUT = {"2006": "%Y", "01": "%m", "02": "%d", "15": "%H", "04": "%M", "05": "%S", "999999": "%f", "Z07:00": "%z"}
STATEMENT = re.compile(r"(set|merge_maps)\((\S+?), (\S+?)(?:, \"upsert\")?\)(?: where (\S+) != (\S+))?$")


def load(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def keys_of(field):
    """The keys of a field: body["service.name"] is ["body", "service.name"]."""
    return [quoted or plain for quoted, plain in re.findall(r'\["([^"]+)"\]|([\w]+)', field.removeprefix("log."))]


def value_at(record, field):
    for key in keys_of(field):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def assign(record, field, value):
    *parents, last = keys_of(field)
    for key in parents:
        record = record.setdefault(key, {})
    record[last] = value


def literal(text):
    return None if text == "nil" else json.loads(text)


def is_met(condition, record):
    found = re.fullmatch(r"(\S+) (!=|startsWith) (.+)", condition)
    value, operand = value_at(record, found[1]), literal(found[3])
    return value != operand if found[2] == "!=" else value.startswith(operand)


def parse_json(step, record):
    assert step["parse_to"] == "body" and step["parse_ints"]
    record["body"] = json.loads(record["body"])
    time, severity = step["timestamp"], step["severity"]
    layout = re.sub("|".join(LAYOUT), lambda part: LAYOUT[part[0]], time["layout"])
    record["time"] = datetime.strptime(value_at(record, time["parse_from"]), layout)
    numbers = ALIASES | {text.lower(): ALIASES[name] for name, text in severity["mapping"].items()}
    record["severity_text"] = value_at(record, severity["parse_from"])
    record["severity"] = numbers[record["severity_text"].lower()]


def apply_operators(operators, line):
    """The record that the receiver makes of a line. None if it drops the line."""
    record = {"body": line, "attributes": {}, "resource": {}}
    for step in operators:
        if step["type"] == "filter":
            if is_met(step["expr"], record):
                return None
        elif step["type"] == "json_parser":
            parse_json(step, record)
        elif "if" in step and not is_met(step["if"], record):
            continue
        elif step["type"] == "trace_parser":
            for name in ("trace_id", "span_id", "trace_flags"):
                text = value_at(record, step[name]["parse_from"])
                record[name] = None if text is None else bytes.fromhex(text)
        elif step["type"] == "move":
            *parents, last = keys_of(step["from"])
            value = value_at(record, step["from"])
            del value_at(record, ".".join(parents))[last]
            assign(record, step["to"], value)
        else:
            raise ValueError(f"this program does not know the operator {step['type']}; add it")
    return record


def transform(statements, record):
    for statement in statements:
        found = STATEMENT.fullmatch(statement)
        if not found:
            raise ValueError(f"this program cannot read the statement {statement}; extend it")
        function, target, source, tested, operand = found.groups()
        if tested and value_at(record, tested) == literal(operand):
            continue
        if function == "merge_maps":
            value_at(record, target).update(value_at(record, source))
        else:
            assign(record, target, value_at(record, source))


def faults_of_record(record, line):
    wanted = dict(line.get("attributes", {}))
    wanted |= {name: line[name] for name in ("log.logger", "log.origin.file.line")}
    wanted |= {name: line[name] for name in ("execution_id", "task_id") if line[name] != "N/A"}
    wanted |= {name: line[name] for name in line if name == "parent_span_id" or name.startswith("exception.")}
    time = record["time"].astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    trace = record.get("trace_id")
    pairs = {
        "timestamp": (time, line["timestamp"]),
        "severity": (record["severity"], SEVERITIES[line["level"]]),
        "severity text": (record["severity_text"], line["level"]),
        "body": (record["body"], line["message"]),
        "resource": (record["resource"], {"service.name": line["service.name"]}),
        "trace ID": (trace.hex() if trace else "N/A", line["trace_id"]),
        "span ID": ((record.get("span_id") or b"").hex(), line.get("span_id", "")),
        "trace flags": ((record.get("trace_flags") or b"").hex(), line.get("trace_flags", "")),
        "attributes": (json.dumps(record["attributes"], sort_keys=True), json.dumps(wanted, sort_keys=True)),
    }
    for name, (got, expected) in pairs.items():
        if got != expected:
            yield f"{name}: {got!r}, not {expected!r}"


def faults_of_lines(collector, lines):
    operators = collector["receivers"]["file_log"]["operators"]
    statements = collector["processors"]["transform"]["log_statements"]
    for number, text in enumerate(lines, 1):
        try:
            record, line = apply_operators(operators, text), json.loads(text)
            if ("resourceSpans" in line) != (record is None):
                yield f"line {number}: the filter must drop spans and nothing else"
            elif record is not None:
                transform(statements, record)
                yield from (f"line {number}: {fault}" for fault in faults_of_record(record, line))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield f"line {number}: {type(error).__name__}: {error}"


def uids_in(value):
    """The data sources that a dashboard or a data source names."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "datasourceUid":
                yield child
            elif key == "datasource":
                yield child["uid"]
            else:
                yield from uids_in(child)


def faults_of_files(files, compose, collector):
    services = compose["services"]
    for name, service in services.items():
        if not re.search(r":v?\d+\.\d+\.\d+$", service["image"]):
            yield f"{name}: the image has no version"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: the port {port} is open to other machines"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("./.build/") and not (ROOT / source).exists():
                yield f"{name}: {source} does not exist"
    for name, pipeline in collector["service"]["pipelines"].items():
        for kind, components in pipeline.items():
            for component in set(components) - set(collector[kind]):
                yield f"pipeline {name}: {component} is not in {kind}"

    tempo = files["tempo.yaml"]
    grpc = tempo["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    open_ports = {
        ("loki", LOKI_PORT),
        ("tempo", tempo["server"]["http_listen_port"]),
        ("tempo", int(grpc.rpartition(":")[2])),
    }
    sources = files["datasources.yaml"]["datasources"]
    urls = [source["url"] for source in sources]
    urls += [exporter["endpoint"] for exporter in collector["exporters"].values()]
    for url in urls:
        host, port = re.fullmatch(r"(?:http://)?([\w.-]+):(\d+)(?:/.*)?", url).groups()
        if host not in services or (host, int(port)) not in open_ports:
            yield f"{url}: no service listens there"

    known = {source["uid"] for source in sources}
    for name, value in files.items():
        for uid in set(uids_in(value)) - known:
            yield f"{name}: there is no data source {uid}"


def main():
    paths = [path for suffix in ("yaml", "json") for path in sorted(HERE.rglob(f"*.{suffix}"))]
    files = {path.name: load(path) for path in paths}
    collector = files["collector.yaml"]
    lines = [] if sys.stdin.isatty() else sys.stdin.read().splitlines()
    found = [*faults_of_files(files, load(ROOT / "docker-compose.yml"), collector), *faults_of_lines(collector, lines)]
    if not lines:
        found.append("stdin has no log lines; pipe the output of quickstart into this program")
    print("\n".join([*found, f"{len(files)} files, {len(lines)} lines, {len(found)} faults"]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
