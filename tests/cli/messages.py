#!/usr/bin/env python3
"""Each message of each bundled scenario, as tshark cuts it out of the capture, is one that Python's email package reads
without a defect: seven-bit text, the right header fields, and reports in their three parts (RFC 3464)."""
import email
import email.policy
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_common import complain, finish, mxlab, scenarios, trace  # noqa: E402

if shutil.which("tshark") is None:
    print("tshark is not installed")
    sys.exit(77)


# Reports that cross the network (a server that reports to its own user needs none), and texts that need care: the backup
# server takes mail for somebody whom the first one does not know, warns of the delay, then hears so and reports it.
DIFFICULT = {
    "format": 1, "name": "difficult",
    "domains": {
        "crepes.fr": {"people": [{"name": "alice", "agent": {"name": "앨리스 \"Al\" Crêpe"}}]},
        "hamburger.edu": {"people": ["bob"], "records": ["@ MX 10 mail", "@ MX 20 backup"]}},
    "hosts": {"backup.hamburger.edu": {"role": "mail", "mail": {
        "domains": ["backup.hamburger.edu"], "relay_domains": ["hamburger.edu"], "retry": "15m", "warn_after": "5m"}}},
    "actions": [
        {"do": "down", "host": "mail.hamburger.edu", "for": "20m"},
        {"do": "send", "from": "alice@crepes.fr", "to": ["nobody@hamburger.edu"], "cc": "bob@hamburger.edu",
         "subject": "금요일 점심? Crêpes — or a subject that goes on and on, for longer than a line may be, 그리고 더 길게",
         "text": "한글 본문\n.\n..two dots\nFrom here\n" + "long " * 500 + "\n\ttab and trailing space \n"},
        {"at": "1h", "do": "send", "from": "alice@crepes.fr", "to": "bob@hamburger.edu", "sender": "", "subject": "",
         "text": ""},
        {"at": "2h", "do": "send", "from": "alice@crepes.fr", "bcc": "bob@hamburger.edu", "to": "alice@crepes.fr",
         "subject": "Large", "size": "200KB"}]}


def exported(path, folder, name):
    """All messages that cross the network, transfer by transfer."""
    capture = os.path.join(folder, "c.pcapng")
    mxlab("run", path, "--quiet", "--pcap", capture)
    out = os.path.join(folder, name)
    os.mkdir(out)
    done = subprocess.run(["tshark", "-2", "-n", "-q", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", capture,
                           "--export-objects", f"imf,{out}"], capture_output=True, check=False)
    if done.returncode != 0:
        complain(f"{name}: tshark: {done.stderr.decode()}")
    messages = []
    for file in os.listdir(out):
        with open(os.path.join(out, file), "rb") as f:
            messages.append(f.read())
    return messages


def addresses(field):
    return sorted(a.addr_spec for a in field.addresses)


actions = set()  # that reports have told


def check_report(where, message):
    parts = list(message.iter_parts())
    kinds = [p.get_content_type() for p in parts]
    if len(parts) != 3 or kinds[:2] != ["text/plain", "message/delivery-status"] or kinds[2] not in (
            "message/rfc822", "text/rfc822-headers"):
        complain(f"{where}: a report of {kinds}")
        return
    if message.get_param("report-type") != "delivery-status":
        complain(f"{where}: report-type is {message.get_param('report-type')}")
    about, *recipients = parts[1].get_payload()
    if about["Reporting-MTA"] is None:
        complain(f"{where}: no Reporting-MTA")
    if not recipients:
        complain(f"{where}: a report about nobody")
    for r in recipients:
        for key in ("Final-Recipient", "Action", "Status"):
            if r[key] is None:
                complain(f"{where}: no {key}")
        actions.add(str(r["Action"]))
        if not r["Status"].startswith("4." if r["Action"] == "delayed" else ("5.", "4.")):
            complain(f"{where}: {r['Action']} with status {r['Status']}")


def check_message(where, raw, composed):
    """Returns its Message-ID."""
    if any(octet > 126 or (octet < 32 and octet not in b"\t\r\n") for octet in raw):
        complain(f"{where}: not seven-bit text")
    if raw.replace(b"\r\n", b"").translate(None, b"\r\n") != raw.replace(b"\r\n", b""):
        complain(f"{where}: a bare CR or LF")
    if max(len(line) for line in raw.split(b"\r\n")) > 998:
        complain(f"{where}: a line of more than 998 octets (RFC 5322 2.1.1)")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        if part.defects:
            complain(f"{where}: {part.defects}")
        for field, value in part.items():
            if value.defects:
                complain(f"{where}: {field}: {value.defects}")
    for field in ("From", "Date", "Message-ID"):
        if len(message.get_all(field, [])) != 1:
            complain(f"{where}: {len(message.get_all(field, []))} {field}: fields")
            return None
    if message.get_content_type() == "multipart/report":
        check_report(where, message)
        return str(message["Message-ID"])
    c = composed.get(str(message["Message-ID"]))
    if c is None:
        complain(f"{where}: {message['Message-ID']} was written by nobody")
        return None
    if addresses(message["From"]) != [c["sender"]] and c["sender"]:
        complain(f"{where}: From: {message['From']}, by {c['sender']}")
    if not set(addresses(message["To"])) <= set(c["recipients"].split(", ")):
        complain(f"{where}: To: {message['To']}, for {c['recipients']}")
    if str(message["Subject"] or "") != c.get("subject", ""):
        complain(f"{where}: Subject: {message['Subject']}, of {c.get('subject')}")
    return str(message["Message-ID"])


def check(path, name, folder):
    """How many messages, and how many of them reports."""
    records = trace(path)
    composed = {r["message_id"]: r for r in records if r["event"] == "agent.compose"}
    transfers = sum(r["event"] == "smtp.data" for r in records)
    found = exported(path, folder, name)
    if len(found) != transfers:
        complain(f"{name}: {len(found)} messages, {transfers} transfers")
    seen = {check_message(f"{name}, message {i + 1}", raw, composed) for i, raw in enumerate(found)}
    for c in composed.values():
        carried = any(r["event"] == "smtp.data" and r["mail"] == c["mail"] for r in records)
        if carried and c["message_id"] not in seen:
            complain(f"{name}: {c['message_id']} is in no capture")
    return len(found), sum(b"multipart/report" in raw for raw in found)


n = reports = 0
with tempfile.TemporaryDirectory() as tmp:
    difficult = os.path.join(tmp, "difficult.json")
    with open(difficult, "w", encoding="utf-8") as f:
        json.dump(DIFFICULT, f)
    for scenario in scenarios() + ["difficult"]:
        path = difficult if scenario == "difficult" else f"scenarios/{scenario}.json"
        found, told = check(path, scenario, tmp)
        n += found
        reports += told
if actions != {"delayed", "failed"}:
    complain(f"reports of {actions}")
finish(f"{n} messages, {reports} of them reports")
