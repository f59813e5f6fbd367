#!/usr/bin/env python3
"""Letters in all sorts of scripts, with all sorts of files, as the composer makes them: Python's email package finds in each,
without a defect, the same text, names, subject and files as went in, octet for octet."""
import base64
import email
import email.policy
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_common import complain, finish  # noqa: E402

WRITER = os.path.join(os.path.dirname(os.environ["MXLAB"]), "tests/unit/test_mail_compose")
if not os.access(WRITER, os.X_OK):
    print("the unit tests are not built")
    sys.exit(77)


def clean(text):
    """A header field has no controls."""
    return "".join(" " if c < " " or c == "\x7f" else c for c in text)


def lines(data):
    return data.replace(b"\r\n", b"\n")


def travels_as_lines(part, data):
    """Text of one kind of line ends may have them changed; nothing else may be changed in anything."""
    crlf, lf, cr = data.count(b"\r\n"), data.count(b"\n"), data.count(b"\r")
    return part.get_content_maintype() in ("text", "message") and b"\0" not in data and cr == crlf and crlf in (0, lf)


def octets(part):
    if part.get_content_maintype() != "message":
        return part.get_payload(decode=True)
    return part.get_payload(0).as_bytes(policy=email.policy.compat32)


def check(raw, made_of):
    what = made_of["what"]
    if any(octet > 126 or (octet < 32 and octet not in b"\t\r\n") for octet in raw):
        complain(f"{what}: not seven-bit text")
    if raw.replace(b"\r\n", b"").translate(None, b"\r\n") != raw.replace(b"\r\n", b""):
        complain(f"{what}: a bare CR or LF")
    if max(len(line) for line in raw.split(b"\r\n")) > 998:
        complain(f"{what}: a line of more than 998 octets")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        if part.defects:
            complain(f"{what}: {part.defects}")
        for field, value in part.items():
            if value.defects:
                complain(f"{what}: {field}: {value.defects}")
        if part["X-Injected"] is not None:
            complain(f"{what}: a file's name made a field")
    if str(message["Subject"] or "").strip() != clean(made_of["subject"] or "").strip():
        complain(f"{what}: Subject: {message['Subject']!r}, of {made_of['subject']!r}")
    # Python puts a blank between the encoded-words of a name, against RFC 2047 6.2.
    if ["".join(a.display_name.split()) for a in message["From"].addresses] != ["".join(clean(made_of["name"] or "").split())]:
        complain(f"{what}: From: {message['From']}, of {made_of['name']}")
    if len(message.get_all("Content-Type", [])) > 1:
        complain(f"{what}: two types")
    text, *files = list(message.iter_parts()) if message.is_multipart() else [message]
    wanted = made_of["text"].replace("\r\n", "\n").replace("\r", "\n")
    if wanted and not wanted.endswith("\n"):
        wanted += "\n"
    found = text.get_payload(decode=True).decode(text.get_content_charset("us-ascii"))
    if found.replace("\r\n", "\n").replace("\r", "\n") != wanted:
        complain(f"{what}: the text is {found!r}")
    if len(files) != len(made_of["files"]):
        complain(f"{what}: {len(files)} files")
    for part, file in zip(files, made_of["files"]):
        data, got = base64.b64decode(file["data"]), octets(part)
        if travels_as_lines(part, data):
            data, got = lines(data), lines(got)
        if got != data:
            complain(f"{what}: {file['name']} is {got[:40]!r} …, not {data[:40]!r} …")
        if part.get_filename() != (file["name"] and clean(file["name"])):
            complain(f"{what}: the file's name is {part.get_filename()!r}")
        if part.get_content_disposition() != "attachment":
            complain(f"{what}: {file['name']} is no attachment")
    return len(files)


n = n_files = 0
with tempfile.TemporaryDirectory() as tmp:
    # The letters are the same in any language of the machine.
    for language in ("C", "ko_KR.UTF-8"):
        out = os.path.join(tmp, language)
        os.mkdir(out)
        subprocess.run([WRITER, "--write", out], check=True, env=os.environ | {"LC_ALL": language})
    for made in sorted(glob.glob(os.path.join(tmp, "C", "*.json"))):
        letter = made.removesuffix("json") + "eml"
        with open(letter, "rb") as f:
            raw_letter = f.read()
        with open(letter.replace("/C/", "/ko_KR.UTF-8/"), "rb") as f:
            if f.read() != raw_letter:
                complain(f"{os.path.basename(letter)} is another one in Korea")
        with open(made, encoding="utf-8") as f:
            n_files += check(raw_letter, json.load(f))
        n += 1
finish(f"{n} letters, {n_files} files")
