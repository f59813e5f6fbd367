#!/usr/bin/env python3
"""Each message of each bundled scenario, as tshark cuts it out of the capture, is one that Python's email package reads
without a defect: seven-bit text, the right header fields, texts and files octet for octet as they were written, and reports
in their three parts (RFC 3464). What POP3 and IMAP bring is what SMTP has carried, below the lines that the last server has
put above it; and nothing but ASCII crosses the links of mail."""
import base64
import email
import email.policy
import json
import os
import re
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
         "subject": "Large", "size": "200KB"},
        {"at": "1h1m", "do": "send", "from": "alice@crepes.fr", "to": "bob@hamburger.edu", "subject": "Files",
         "text": "Grüße", "attach": [{"name": "메뉴.bin", "size": "3001B"}, {"name": "dots.txt", "text": ".\n..\n...\n"},
                                     {"name": "view.jpeg", "size": "70KB"}]},
        {"at": "3h", "do": "read", "who": "alice@crepes.fr", "by": "pop3"},
        {"at": "4h", "do": "read", "who": "alice@crepes.fr", "by": "imap", "headers": True},
        {"at": "5h", "do": "read", "who": "alice@crepes.fr", "by": "imap"},
        {"at": "6h", "do": "read", "who": "bob@hamburger.edu", "by": "imap"},
        {"at": "7h", "do": "read", "who": "bob@hamburger.edu", "by": "pop3", "then": "delete"}]}


# ---- Out of the capture.

def tshark(*words):
    done = subprocess.run(["tshark", "-n", *words], capture_output=True, check=False)
    if done.returncode != 0:
        complain(f"tshark {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout.decode()


def exported(capture, out):
    """All messages that SMTP carries, as tshark's dissector sees them (which leaves added dots where they are)."""
    os.mkdir(out)
    tshark("-2", "-q", "-o", "tcp.reassemble_out_of_order:TRUE", "--disable-protocol", "pop", "--disable-protocol", "imap",
           "-r", capture, "--export-objects", f"imf,{out}")
    messages = []
    for file in os.listdir(out):
        with open(os.path.join(out, file), "rb") as f:
            messages.append(unstuffed(f.read()))
    return messages


def conversations(capture):
    """Of each connection: the server's port, what the client has said, and what the server has."""
    said = {}
    for line in tshark("-r", capture, "-Y", "tcp.len > 0 && !icmp", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.srcport",
                       "-e", "tcp.dstport", "-e", "tcp.seq", "-e", "tcp.payload").splitlines():
        stream, source, target, at, payload = line.split("\t")
        said.setdefault((int(stream), int(source), int(target)), {})[int(at)] = bytes.fromhex(payload.replace(":", ""))
    whole = {}
    for way, pieces in said.items():
        octets = b""
        for at, piece in sorted(pieces.items()):  # what was sent again is there twice
            octets += piece[len(octets) - (at - 1):] if at - 1 <= len(octets) else b""
        whole[way] = octets
    return [(source, whole.get((stream, target, source), b""), octets) for (stream, source, target), octets in whole.items()
            if source < 1024]


def take_line(octets, at):
    end = octets.find(b"\r\n", at)
    return (octets[at:], len(octets)) if end < 0 else (octets[at:end], end + 2)


def unstuffed(octets):
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in octets.split(b"\r\n"))


def take_dotted(octets, at):
    """Lines up to a lone dot, the added dots taken off, and where they end; None if they are cut short."""
    end = at if octets[at:at + 3] == b".\r\n" else octets.find(b"\r\n.\r\n", at) + 2
    if end < at or end == 1:
        return None, len(octets)
    return unstuffed(octets[at:end]), end + 3


def smtp_messages(client, server):
    """Each line of the client's has one reply, in order, and so has a message."""
    replies = [m.group(1) for m in re.finditer(rb"^([0-9]{3}) .*\r\n", server, re.M)]
    at, n, found = 0, 1, []
    while at < len(client) and n < len(replies):
        line, at = take_line(client, at)
        if line.upper() == b"DATA" and replies[n] == b"354":
            message, at = take_dotted(client, at)
            n += 1
            if message is not None:
                found.append(message)
        n += 1
    return found


def pop3_messages(client, server):
    _, at = take_line(server, 0)
    found = []
    for command in client.split(b"\r\n")[:-1]:
        reply, at = take_line(server, at)
        verb, *arguments = command.upper().split()
        if reply.startswith(b"+OK") and (verb in (b"RETR", b"CAPA", b"TOP") or (verb in (b"LIST", b"UIDL") and not arguments)):
            lines, at = take_dotted(server, at)
            if verb == b"RETR" and lines is not None:
                found.append(lines)
    return found


def imap_literals(server):
    """What FETCH has brought: sections and their octets."""
    at, found = 0, []
    while at < len(server):
        line, at = take_line(server, at)
        literal = re.search(rb"(BODY\[[^]]*\]) \{([0-9]+)\}$", line)
        if literal is not None:
            n = int(literal.group(2))
            found.append((literal.group(1), server[at:at + n]))
            at += n
    return found


# ---- What was written.

def filler(n):
    return bytes(((k + 1) * 2654435769 >> 24) & 255 for k in range(n))


def picture(size):
    """A JPEG of so many octets (ITU-T T.81 annex B)."""
    out = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"
    while len(out) + 6 < size:
        n = min(size - len(out) - 4, 0xffff)
        out += b"\xff\xef" + n.to_bytes(2, "big") + filler(n - 2)
    return out + b"\xff\xd9"


def content(file):
    """Of an attachment of a scenario."""
    octets = file.get("text", "").encode() or base64.b64decode(file.get("base64", ""))
    n, unit = re.fullmatch(r"([0-9]+)(B|KB|MB)?", str(file.get("size", "0B"))).groups()
    size = int(n) * {"KB": 1000, "MB": 10**6}.get(unit, 1)
    if len(octets) >= size:
        return octets
    return picture(size) if file["name"].endswith((".jpg", ".jpeg")) else octets + filler(size - len(octets))


def written(path):
    """Sender and subject → text, whether it is all of it, and files."""
    with open(path, encoding="utf-8") as f:
        sent = [a for a in json.load(f)["actions"] if a["do"] == "send"]
    return {(a["from"], a.get("subject", "")): (a.get("text", ""), "size" not in a, a.get("attach", [])) for a in sent}


files = 0  # that have come through


def check_content(where, message, made_of):
    global files
    wanted, is_all, attached = made_of
    text, *others = list(message.iter_parts()) if message.is_multipart() else [message]
    found = text.get_payload(decode=True).decode(text.get_content_charset("us-ascii")).replace("\r\n", "\n")
    if wanted and not wanted.endswith("\n"):
        wanted += "\n"
    if wanted != found if is_all else not found.startswith(wanted):
        complain(f"{where}: the text is {found[:200]!r}, not {wanted[:200]!r}")
    if len(others) != len(attached):
        complain(f"{where}: {len(others)} files, not {len(attached)}")
    for part, file in zip(others, attached):
        octets, data = part.get_payload(decode=True), content(file)
        if part.get_content_maintype() == "text":
            octets = octets.replace(b"\r\n", b"\n")
        files += 1
        if octets != data:
            complain(f"{where}: {file['name']} is {octets[:30]!r} … ({len(octets)}), not {data[:30]!r} … ({len(data)})")
        if part.get_filename() != file["name"]:
            complain(f"{where}: {file['name']} is called {part.get_filename()}")


def addresses(field):
    return sorted(a.addr_spec for a in field.addresses) if field is not None else []


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


def check_message(where, raw, composed, made_of):
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
    subject = re.sub(r" \([0-9]+ of [0-9]+\)$", "", c.get("subject", ""))
    check_content(where, message, made_of[c["sender"] or "alice@crepes.fr", subject])
    return str(message["Message-ID"])


def message_id(raw):
    return re.search(rb"^Message-Id: (<[^>]*>)\r$", raw, re.M | re.I).group(1)


def check_fetched(where, raw, carried, stored):
    """A whole message, as a reader's program gets it: what SMTP has brought, and above that only what its server has put
    there (RFC 5321 4.4). One that the server itself has written has come by nothing else."""
    if not any(raw == s for s in stored):
        complain(f"{where}: {raw[:60]!r} … ({len(raw)} octets) is in no mailbox")
    origin = max((m for m in carried if raw.endswith(m)), key=len, default=None)  # as it came over the last link
    if origin is None:
        if b"multipart/report" not in raw:
            complain(f"{where}: {message_id(raw)} is not what was carried")
        return
    above = email.message_from_bytes(raw[:-len(origin)] + b"\r\n")
    if above.keys() not in (["Return-Path", "Received"], ["Return-Path"]):  # what it hands on has its Received: already
        complain(f"{where}: above {message_id(raw)} stand {above.keys()}")


def stored_messages(path, records):
    """Every message as the mailbox has it, from `mxlab show`; of long ones only sizes and the first lines are known."""
    found = []
    for r in records:
        if r["event"] != "mailbox.store":
            continue
        moment = f"{(r['time'] + 1) / 10**9:.9f}"  # a moment later
        sheet = json.loads(mxlab("show", path, "--mail", r["mail"], "--at", moment, "--json"))["tables"]
        lines = [row["line"] for row in sheet["source"]]
        where = f"mailbox {r['user']}, {r['folder']}, uid {r['uid']}"
        if not any(c["host"] == r["host"] and c["where"] == where and c["size"] == r["size"] for c in sheet["copies"]):
            complain(f"{path}: {r['mail']} is not in {where}: {sheet['copies']}")
        found.append(Stored(r["size"], lines))
    return found


class Stored:
    """Equal to the octets that it stands for, but that tabs are blanks here."""

    def __init__(self, size, lines):
        self.size, self.is_all = size, not (lines and lines[-1].startswith("… and "))
        self.octets = "".join(f"{line}\r\n" for line in (lines if self.is_all else lines[:-1])).encode()

    def __eq__(self, raw):
        shown = raw.expandtabs(8)
        return len(raw) == self.size and (shown == self.octets if self.is_all else shown.startswith(self.octets))


MAIL_PORTS = {25: "SMTP", 587: "SMTP", 110: "POP3", 143: "IMAP"}
fetched = {"POP3": 0, "IMAP": 0, "IMAP, headers": 0}


def check_talk(name, path, talk, records):
    """What was said between programs. Returns the messages that SMTP has carried."""
    carried = [m for port, client, server in talk if MAIL_PORTS.get(port) == "SMTP" for m in smtp_messages(client, server)]
    stored = stored_messages(path, records) if any(MAIL_PORTS.get(p) in fetched for p, _, _ in talk) else []
    for port, client, server in talk:
        protocol = MAIL_PORTS.get(port)
        if protocol is not None and not (client + server).isascii():
            complain(f"{name}: an octet above 127 in {protocol}")
        if protocol == "SMTP" and b"8BITMIME" in server:
            complain(f"{name}: the server takes 8-bit text")
        sections = [(b"BODY[]", m) for m in pop3_messages(client, server)] if protocol == "POP3" else \
            imap_literals(server) if protocol == "IMAP" else []
        for section, octets in sections:
            if section == b"BODY[]":
                fetched[protocol] += 1
                check_fetched(f"{name}, {protocol}", octets, carried, stored)
            else:
                fetched["IMAP, headers"] += 1
                lines = {line for m in carried for line in m.split(b"\r\n\r\n")[0].split(b"\r\n")} | {b""}
                if b"multipart/report" not in octets and not set(octets.split(b"\r\n")) <= lines and not any(
                        octets.split(b"\r\n")[0] in s.octets for s in stored):
                    complain(f"{name}, IMAP: {section} has brought {octets!r}")
    return carried


def check(path, name, folder):
    """How many messages, and how many of them reports."""
    records = trace(path)
    capture = os.path.join(folder, "c.pcapng")
    mxlab("run", path, "--quiet", "--pcap", capture)
    composed = {r["message_id"]: r for r in records if r["event"] == "agent.compose"}
    transfers = sum(r["event"] == "smtp.data" for r in records)
    found = exported(capture, os.path.join(folder, name))
    carried = check_talk(name, path, conversations(capture), records)
    if len(found) != transfers or len(carried) != transfers:
        complain(f"{name}: {len(found)} messages seen, {len(carried)} cut out, {transfers} transfers")
    if sorted(m.rstrip() for m in found) != sorted(m.rstrip() for m in carried):
        complain(f"{name}: what tshark sees is not what was carried")
    made_of = written(path)
    seen = {check_message(f"{name}, message {i + 1}", raw, composed, made_of) for i, raw in enumerate(carried)}
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
if 0 in fetched.values() or files < 8:
    complain(f"too little was read: {fetched}, {files} files")
finish(f"{n} messages, {reports} of them reports, {files} files; fetched {fetched}")
