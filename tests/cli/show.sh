#!/bin/bash
# mxlab show: the tables of a host at several moments, as text and as JSON.
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0

# text WANTED ARGUMENT…: the output has the text, spaces taken as one ("!text": has it not).
text()
{
    local want=$1; shift
    "$MXLAB" show "$@" >"$tmp/out" 2>"$tmp/err" || { echo "show $*: status $?"; cat "$tmp/err"; bad=1; }
    if [ "${want#!}" != "$want" ]; then
        tr -s ' \n' ' ' <"$tmp/out" | grep -qF -- "${want#!}" && { echo "show $*: has '${want#!}'"; cat "$tmp/out"; bad=1; }
    else
        tr -s ' \n' ' ' <"$tmp/out" | grep -qF -- "$want" || { echo "show $*: has no '$want'"; cat "$tmp/out"; bad=1; }
    fi
}

# json EXPRESSION ARGUMENT…: true of the tables.
json()
{
    local expression=$1; shift
    "$MXLAB" show "$@" --json >"$tmp/out" || { echo "show $*: status $?"; bad=1; }
    python3 -c 'import json, sys
with open(sys.argv[1], encoding="utf-8") as f: sheet = json.load(f)
t = sheet["tables"]
if list(sheet) != ["title", "tables"] or not eval(f"({sys.argv[2]})"): sys.exit(f"{sys.argv[2]} is not so: {json.dumps(sheet)}")' \
        "$tmp/out" "$expression" || { echo "show $*"; bad=1; }
}

text 'mail.crepes.fr, Day 1, 00:00:00.000' alice-to-bob mail.crepes.fr --at 0s
text 'No mail is waiting.' alice-to-bob mail.crepes.fr --at 0s
text 'Q1 m1 bob@hamburger.edu alice@crepes.fr' alice-to-bob MAIL.crepes.fr --at 0.4
text '!Q1 m1' alice-to-bob mail.crepes.fr
text 'Lunch on Friday?' alice-to-bob mail.hamburger.edu
text '(down)' receiver-down-retry mail.hamburger.edu --at 1h
text '!(down)' receiver-down-retry mail.hamburger.edu --at 1h10m
text 'mail.hamburger.edu, Day 1, 01:10:00.000' receiver-down-retry mail.hamburger.edu --at 4200
text 'The host does not answer' receiver-down-retry mail.crepes.fr --at 1h

json 't["queue"] == [] and t["mailboxes"][0]["user"] == "bob"' alice-to-bob mail.hamburger.edu --at 0s
json 't["mailboxes"][0]["messages"] == 1 and t["messages"][0]["subject"] == "Lunch on Friday?"' alice-to-bob mail.hamburger.edu
json 'len(t["queue"]) == 1 and t["queue"][0]["tries"] == 2' receiver-down-retry mail.crepes.fr --at 40m
# A queue keeps a mail for so long: five days unless the scenario says otherwise, from when it came in.
json 't["queue"][0]["gives_up"] - t["queue"][0]["since"] == 5 * 86400' receiver-down-retry mail.crepes.fr --at 40m
json 't["queue"][0]["interval"] == 1800' receiver-down-retry mail.crepes.fr --at 40m
json 't["queue"][0]["next_attempt"] < 3 * 3600 + 1801 and t["queue"][0]["interval"] == 4 * 3600' receiver-down-bounce mail.crepes.fr --at 2h
json 't["cache"] == []' alice-to-bob dns.crepes.fr --at 0.1
json '{r["name"] for r in t["cache"]} >= {"edu", "hamburger.edu", "mail.hamburger.edu"}' alice-to-bob dns.crepes.fr
json 'len(t["zones"]) == 1 and len(t["records"]) > 3' alice-to-bob ns.hamburger.edu

# A cache ages, even when nothing else happens: TTLs count down, and then the entry is gone.
json '[r for r in t["cache"] if r["name"] == "www.amazon.com"] != []' dns-iterated dns.crepes.fr --at 299s
json '[r for r in t["cache"] if r["name"] == "www.amazon.com"] == []' dns-iterated dns.crepes.fr --at 301s

# A message, wherever it is, taken apart.
text 'mail program, being sent' alice-to-bob --mail m1 --at 0.01
text 'queue, Q1' alice-to-bob --mail m1 --at 0.4
text 'mailbox bob, INBOX, uid 1' alice-to-bob --mail m1
text 'I bring the mustard.' alice-to-bob --mail m1
json 't["parts"] == [{"part": "1", "type": "text/plain", "charset": "us-ascii", "encoding": "7bit", "name": "", "octets": 45,
    "encoded": 45, "growth": "0.0 %", "line": 14, "lines": 2}] and t["words"] == []' alice-to-bob --mail m1
python3 - "$tmp/letters.json" <<'END'
import json, sys
with open(sys.argv[1], "w", encoding="utf-8") as f: json.dump({"format": 1, "name": "letters",
    "domains": {"crepes.fr": {"people": [{"name": "alice", "agent": {"name": "앨리스"}}]}, "hamburger.edu": {"people": ["bob"]}},
    "actions": [{"do": "send", "from": "alice@crepes.fr", "to": "bob@hamburger.edu", "subject": "점심", "text": "안녕 밥\n"},
                {"do": "send", "from": "alice@crepes.fr", "to": "bob@hamburger.edu", "text": "One café = one cup, or so it seems\n"}]}, f)
END
json '[f["read"] for f in t["fields"] if f["field"] == "Subject"] == ["점심"] and [w["read"] for w in t["words"]] == ["앨리스", "점심"]
    and t["parts"][0]["encoding"] == "base64" and t["text"][0]["line"] == "안녕 밥"
    and t["base64"][0] == {"part": "1", "at": 0, "octets": "EC 95 88", "text": "...", "bits": "11101100 10010101 10001000",
                           "sixes": "111011 001001 010110 001000", "values": "59 9 22 8", "letters": "7JWI"}' "$tmp/letters.json" --mail m1
json '[(r["written"], r["octet"], r["character"], r["code_point"]) for r in t["quoted_printable"]] ==
    [("=C3", "C3", "é", "U+00E9"), ("=A9", "A9", "é", "U+00E9"), ("=3D", "3D", "=", "U+003D")]' "$tmp/letters.json" --mail m2
"$MXLAB" show alice-to-bob --mail m7 2>&1 | grep -q 'no host has a mail m7' || { echo "m7 is found"; bad=1; }
"$MXLAB" run "$tmp/letters.json" --quiet --trace "$tmp/trace"
grep -q '"event":"mime.encode","host":"alice-pc","cause":1,"mail":"m1","part":"1","type":"text/plain","encoding":"base64","size":12,"encoded":18,"growth":500}' \
    "$tmp/trace" || { echo "no mime.encode:"; grep mime "$tmp/trace"; bad=1; }
[ "$(grep -c mime.encode "$tmp/trace")" = 2 ] || { echo "not two mime.encode"; bad=1; }

# Every host of every scenario has tables that are JSON, in the middle of things.
: >"$tmp/all"
for s in scenarios/*.json; do
    case $s in *schema*) continue ;; esac
    hosts=$("$MXLAB" show "$s" '' 2>&1 | awk '/^  / { print $1 }')
    [ -n "$hosts" ] || { echo "$s: no hosts are listed"; bad=1; }
    for h in $hosts; do
        "$MXLAB" show "$s" "$h" --at 0.33 --json >>"$tmp/all" 2>/dev/null || { echo "$s $h: no tables"; bad=1; }
    done
done
python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"): assert json.loads(line)["tables"]["connections"] is not None' "$tmp/all" || bad=1
echo "$(wc -l <"$tmp/all") hosts"
exit $bad
