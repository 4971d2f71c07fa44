"""Checks that each line of a file is a log line: a JSON object with the nine keys first, in their order."""

import json
import re
import sys

KEYS = [
    "timestamp",
    "level",
    "message",
    "service.name",
    "log.logger",
    "log.origin.file.line",
    "trace_id",
    "execution_id",
    "task_id",
]
MORE = ["span_id", "trace_flags", "attributes", "exception.type", "exception.message", "exception.stacktrace"]
LEVELS = {"TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def members(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a key appears twice")
    return dict(pairs)


def check(line):
    event = json.loads(line, object_pairs_hook=members)
    keys = list(event)
    if keys[:9] != KEYS:
        raise ValueError(f"the first nine keys are {keys[:9]}")
    if keys[9:] != [key for key in MORE if key in event]:
        raise ValueError(f"the keys after the ninth are {keys[9:]}")
    if not TIMESTAMP.fullmatch(event["timestamp"]):
        raise ValueError("the timestamp has the wrong form")
    if event["level"] not in LEVELS:
        raise ValueError("the level is unknown")
    if type(event["log.origin.file.line"]) is not int:
        raise ValueError("the line of the source is not a number")
    if any(not isinstance(event[key], str) for key in KEYS if key != "log.origin.file.line"):
        raise ValueError("a value is not a string")


def main():
    count = 0
    with open(sys.argv[1], "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                if not line.endswith(b"\n"):
                    raise ValueError("the line has no line break")
                check(line.decode("utf-8"))
            except ValueError as error:
                sys.exit(f"error: line {number}: {error}: {line[:500]!r}")
            count += 1
    if count == 0:
        sys.exit("error: the file has no lines")
    print(f"{count} lines, each with the nine keys")


main()
