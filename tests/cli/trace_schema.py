#!/usr/bin/env python3
"""Golden traces are as docs/TRACE.md says: each line JSON, keys in the documented order and of the documented kind, seq without
gaps, time never back, causes smaller than seq, ids that begin where they should. Every record but roots has a cause, every
kind of event occurs, and each example of the document is a line of these traces. MXLAB_REWRITE=1 puts the most similar line
in the place of one that is not."""
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_common import complain, finish, mxlab, nanoseconds, scenarios  # noqa: E402

COMMON = ["seq", "time", "event", "host", "cause", "peer", "conn", "lookup", "mail", "why"]
# What the scenario begins by itself: people, faults, chapters of a time, the end.
ROOTS = {"agent.ask", "agent.compose", "dns.lookup", "fault.begin", "fault.end", "note", "run.end"}
DOCUMENT = "docs/TRACE.md"
# What no bundled scenario shows: an answer that is not believed, for another server has the say, and servers that are silent.
FORGED = {
    "format": 1, "name": "forged",
    "domains": {"crepes.fr": {"people": ["alice"]}, "hamburger.edu": {"records": ["www 1 CNAME www.fries.edu."]},
                "fries.edu": {"records": ["www 1 A 10.1.1.1"]}},
    "hosts": {"ns.hamburger.edu": {"dns": {"zones": {"fries.edu": {"records": [
        "@ 1 SOA ns hostmaster 1 2 3 4 5", "@ 1 NS ns", "ns 1 A 10.9.9.8", "www 1 A 10.9.9.9"]}}}}},
    "actions": [
        {"do": "look_up", "host": "alice-pc", "name": "www.hamburger.edu"},
        {"at": "1m", "do": "down", "host": "ns.hamburger.edu"},
        {"at": "2m", "do": "look_up", "host": "alice-pc", "name": "x.hamburger.edu"}]}


def documented():
    """Event → its own keys, and key → kind, as the document has them."""
    with open(DOCUMENT, encoding="utf-8") as f:
        text = f.read()
    events = {}
    for line in re.findall(r"^#### (.*)$", text, re.M):
        names = re.findall(r"`([^`]*)`", line)
        events[names[0]] = names[1:]
    kinds = {}
    for keys in (text[text.index("## Common keys"):text.index("## Ids")], text[text.index("## Keys"):]):
        for name, kind in re.findall(r"^\| `([a-z_]+)` \| ([a-z ]+) \|", keys, re.M):
            kinds[name] = kind
    return events, kinds


EVENTS, KINDS = documented()
FORMS = {
    "text": lambda v: v.startswith('"'),
    "number": lambda v: re.fullmatch(r"-?[0-9]+", v),
    "seconds": lambda v: re.fullmatch(r"[0-9]+(\.[0-9]{9})?", v),
    "id": lambda v: re.fullmatch(r'"[a-zA-Z][1-9][0-9]*"', v),
    "number or text": lambda v: v.startswith('"') or re.fullmatch(r"[0-9]+", v),
}


def check_record(where, line, r):
    event = r.get("event")
    if event not in EVENTS:
        complain(f"{where}: {event} is not documented")
        return
    order = COMMON + EVENTS[event]
    keys = list(r)
    if keys != sorted(keys, key=lambda k: order.index(k) if k in order else -1) or not set(keys) <= set(order):
        complain(f"{where}: {event} has its keys as {keys}")
    raw = re.findall(r'"([a-z_]+)":("(?:[^"\\]|\\.)*"|[^,}]*)', line)
    if len(raw) != len(keys):
        complain(f"{where}: not one flat object without spaces")
    for key, value in raw:
        if key not in KINDS:
            complain(f"{where}: the kind of {key} is not documented")
        elif not FORMS[KINDS[key]](value):
            complain(f"{where}: {key} is {value}, not a {KINDS[key]}")


class Ids:
    """An id appears first where a new one begins, and each kind counts from 1."""

    FIRST = {"conn": {"tcp.connect"}, "lookup": {"dns.lookup"}, "mail": {"agent.compose", "queue.add", "queue.bounce",
                                                                          "queue.warn"}}

    def __init__(self):
        self.seen = {"conn": set(), "lookup": set(), "mail": set()}

    def check(self, where, r):
        for kind, first in self.FIRST.items():
            if kind not in r:
                continue
            number = int(r[kind][1:])
            if r[kind][0] != kind[0]:
                complain(f"{where}: {kind} is {r[kind]}")
            if number not in self.seen[kind] and kind != "mail" and r["event"] not in first:
                complain(f"{where}: {r[kind]} begins with {r['event']}")
            self.seen[kind].add(number)

    def check_all(self, where):
        for kind, seen in self.seen.items():
            if seen and seen != set(range(1, max(seen) + 1)):
                complain(f"{where}: {kind} ids have gaps")


def check_trace(name, text):
    if not text.endswith("\n") or "\r" in text:
        complain(f"{name}: lines do not all end with a line feed")
    header, *lines = text.splitlines()
    if list(json.loads(header)) != ["trace", "scenario", "scenario_sha256", "seed", "program"]:
        complain(f"{name}: header {header}")
    ids, now = Ids(), 0
    records = []
    for i, line in enumerate(lines):
        where = f"{name}.jsonl:{i + 2}"
        r = json.loads(line, parse_float=str)
        records.append(r)
        check_record(where, line, r)
        ids.check(where, r)
        if r["seq"] != i + 1:
            complain(f"{where}: seq {r['seq']}")
        if nanoseconds(r["time"]) < now:
            complain(f"{where}: time goes back")
        now = nanoseconds(r["time"])
        cause = r.get("cause")
        if cause is None and r["event"] not in ROOTS:
            complain(f"{where}: {r['event']} without a cause")
        elif cause is not None and not 0 < cause < r["seq"]:
            complain(f"{where}: cause {cause}")
        if (r["event"] == "run.end") != (i + 1 == len(lines)):
            complain(f"{where}: run.end is the last record, and only that")
    ids.check_all(name)
    return lines


def golden(name):
    with open(f"tests/golden/{name}.jsonl", encoding="utf-8", newline="\n") as f:
        return f.read()


def forged():
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "forged.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(FORGED, f)
        return mxlab("run", path, "--quiet", "--trace", "-")


def unlike(example, line):
    """How many keys differ, but for those that count."""
    a, b = json.loads(example), json.loads(line)
    return sum(a.get(k) != b.get(k) for k in a.keys() | b.keys() if k not in ("seq", "time", "cause"))


def check_examples(lines):
    with open(DOCUMENT, encoding="utf-8") as f:
        text = f.read()
    known = set(lines)
    of_event = {}
    for line in lines:
        of_event.setdefault(json.loads(line)["event"], []).append(line)
    examples = re.findall(r'^\{"seq":.*$', text, re.M)
    for example in examples:
        if example in known:
            continue
        similar = min(of_event.get(json.loads(example)["event"], [example]), key=lambda line, of=example: unlike(of, line))
        if os.environ.get("MXLAB_REWRITE"):
            text = text.replace(example, similar)
        else:
            complain(f"{DOCUMENT}: in no trace: {example}\n    but this is: {similar} (MXLAB_REWRITE=1 puts it there)")
    if os.environ.get("MXLAB_REWRITE"):
        with open(DOCUMENT, "w", encoding="utf-8") as f:
            f.write(text)
    return len(examples)


everything = []
for scenario in scenarios():
    everything += check_trace(scenario, golden(scenario))
everything += check_trace("forged", forged())
missing = EVENTS.keys() - {json.loads(line)["event"] for line in everything}
if missing:
    complain(f"never happens: {', '.join(sorted(missing))}")
n_examples = check_examples(everything)
finish(f"{len(everything)} records; {len(EVENTS)} kinds of event; {n_examples} examples")
