"""Checks the run of Examples/KestraTask/flow.yml, which `kestra-run` printed: check_kestra.py RUN.json

Every line has its level and the IDs of its execution, the outputs reached the next task, and the metrics were added up.
"""

import json
import sys

run = json.load(open(sys.argv[1], encoding="utf-8"))
faults = []


def expect(is_true, fault):
    if not is_true:
        faults.append(fault)


tasks = {task["id"]: task for task in run["tasks"]}
detect, report = tasks["detect"], tasks["report"]
outputs = detect["outputs"]["vars"]
if run["state"] != "SUCCESS":
    sys.exit(f"error: the state is {run['state']}: {json.dumps(run, indent=1)}")
expect(outputs["detections"] == outputs["received"] == 3, f"the outputs are {outputs}")
expect(report["outputs"]["value"] == f"3 detections in trace {outputs['trace_id']}", f"report: {report['outputs']}")

metrics = {metric["name"]: metric for metric in detect["metrics"]}
expect(metrics["detections"]["value"] == 3, f"detections: {metrics['detections']}")
expect(metrics["inference"]["type"] == "timer", f"inference: {metrics['inference']}")
expect(metrics["inference"]["tags"] == {"model": "small"}, f"inference: {metrics['inference']}")

lines = [line for line in run["logs"] if line["task_id"] == "detect" and "  " in line["message"]]
identifiers = f"trace_id={outputs['trace_id']} execution_id={run['execution_id']} task_id=detect span_id="
levels = []
for line in lines:
    if line["message"].split("  ")[0].endswith("detect"):
        levels.append(line["level"])
        expect(identifiers in line["message"], f"no IDs: {line}")
expect(sorted(levels) == ["INFO"] * 6 + ["WARN"], f"the levels are {levels}")
expect(not [line for line in lines if "::" in line["message"]], "a line was not recognised")

for fault in faults:
    print("error:", fault)
if not faults:
    print(f"{len(levels)} records of the log, each with its level and its IDs; 0 wrong identifiers")
sys.exit(bool(faults))
