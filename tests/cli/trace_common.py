"""What the Python tests of traces share: running mxlab, reading traces exactly."""
import json
import os
import re
import subprocess
import sys
from decimal import Decimal

MXLAB = os.environ.get("MXLAB", "build/mxlab")
bad = 0


def complain(text):
    global bad
    bad += 1
    if bad <= 20:
        print(text)


def finish(said):
    print(said)
    sys.exit(1 if bad else 0)


def scenarios():
    names = sorted(f[:-5] for f in os.listdir("scenarios") if f.endswith(".json"))
    return [n for n in names if not n.endswith(".schema")]


def mxlab(*words):
    done = subprocess.run([MXLAB, *words], capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"mxlab {' '.join(words)}: status {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode()


def expanded(name):
    return json.loads(mxlab("expand", f"scenarios/{name}.json"))


def nanoseconds(text):
    """Exact: a trace's "0.040000000" is 40,000,000."""
    return int(Decimal(text).scaleb(9))


def trace(path):
    """The records, times in whole nanoseconds."""
    lines = mxlab("run", path, "--quiet", "--trace", "-").splitlines()
    records = [json.loads(line, parse_float=str) for line in lines[1:]]
    for r in records:
        r["time"] = nanoseconds(r["time"])
    return records


UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}


def duration(text):
    parts = re.findall(r"([0-9.]+)(ns|us|ms|s|m|h|d)", text)
    return sum(int(Decimal(n) * UNITS[unit]) for n, unit in parts)
