#!/usr/bin/python3
"""The schema against the loader: both take every bundled scenario, and what `mxlab expand` makes of it; both refuse
each tests/broken/form-*.json; the schema takes sense-* and doubt-*, which are wrong, or dubious, in what they say."""
import glob
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

mxlab = os.environ.get("MXLAB", "build/mxlab")
with open("scenarios/scenario.schema.json", encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
# Wrong in form by a rule that needs more than the value itself, so beyond a schema.
beyond = {"sense-start", "sense-duration-long", "sense-quota-fraction", "sense-many"}
failures = 0


def complain(text):
    global failures
    failures += 1
    print(text)


def faults(value):
    return [f"{'.'.join(str(p) for p in e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(value)]


def check(path):
    return subprocess.run([mxlab, "check", path], capture_output=True, text=True, check=False)


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


bundled = [p for p in sorted(glob.glob("scenarios/*.json")) if not p.endswith("scenario.schema.json")]
for path in bundled:
    for fault in faults(read(path)):
        complain(f"{path}: the schema says: {fault}")
    expanded = subprocess.run([mxlab, "expand", path], capture_output=True, text=True, check=False)
    if expanded.returncode != 0:
        complain(f"{path}: cannot be expanded: {expanded.stderr}")
        continue
    for fault in faults(json.loads(expanded.stdout)):
        complain(f"{path}, expanded: the schema says: {fault}")

n = 0
for path in sorted(glob.glob("tests/broken/*.json")):
    name = os.path.basename(path)[:-5]
    kind = name.split("-")[0]
    refused = check(path).returncode != 0
    n += 1
    if refused == (kind == "doubt"):
        complain(f"{path}: `mxlab check` {'refuses' if refused else 'takes'} it")
    if kind == "syntax":
        continue
    by_schema = bool(faults(read(path)))
    if kind == "form" and not by_schema:
        complain(f"{path}: the schema takes it")
    if kind in ("sense", "doubt") and by_schema and name not in beyond:
        complain(f"{path}: the schema says: {faults(read(path))[0]}")

print(f"{len(bundled)} bundled and {n} broken files")
sys.exit(1 if failures or not bundled or n < 100 else 0)
