#!/bin/bash
# mxlab step: a scripted session, every command, back and forth. What stands in the terminal is held against the lines below,
# in their order; each begins with the command that it answers.
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0

# session SCENARIO: a file of "> command" lines, and under each, texts that its answer must have, in order, or not have ("! text").
session()
{
    local script=$1 scenario=$2
    grep '^>' "$script" | sed 's/^> \{0,1\}//' >"$tmp/commands"
    "$MXLAB" step "$scenario" <"$tmp/commands" >"$tmp/out" 2>&1 || { echo "$scenario: status $?"; bad=1; }
    python3 - "$script" "$tmp/out" <<'PY' || bad=1
import re, sys
script, out = (open(f, encoding="utf-8").read() for f in sys.argv[1:])
answers = re.split(r"^> ", out, flags=re.M)[1:]
blocks = re.split(r"^>", script, flags=re.M)[1:]
wrong = len(answers) < len(blocks)
for block, answer in zip(blocks, answers):
    command, *wanted = block.rstrip("\n").split("\n")
    at, flat = 0, re.sub(r"\s+", " ", answer)
    for text in filter(None, wanted):
        if text.startswith("! "):
            ok = text[2:] not in flat
        else:
            at = flat.find(text, at)
            ok = at >= 0
            at += len(text) if ok else 1
        if not ok:
            wrong = True
            print(f"after{command}: {text!r} in\n{answer}")
sys.exit(wrong)
PY
}

cat >"$tmp/alice" <<'END'
> n
alice@crepes.fr writes to bob@hamburger.edu
> why
Day 1, 00:00:00.000 alice-pc: alice@crepes.fr writes
(RFC 5322
! because
> b
That is the start of the run.
> b
That is the start of the run.
> why
Nothing has happened yet.
> p
SYN
> bp
That is the start of the run.
> c
1 Alice writes
> chapter
2 Into her server's queue
> bc
1 Alice writes
> find dns.query name=mail.hamburger.edu
A mail.hamburger.edu?
> find dns.query name=no.such.name
Nothing like that comes any more.
> show dns.crepes.fr
hamburger.edu
! mail.hamburger.edu A
> find mailbox.store
into bob's mailbox: "Lunch on Friday?"
> show dns.crepes.fr
mail.hamburger.edu A
> show
mail.hamburger.edu
bob 1
> show nobody
Which host? There are:
alice-pc
> why
into bob's mailbox
Delivered
because
the message,
… and so on,
began with Day 1, 00:00:00.000 alice-pc: alice@crepes.fr writes to bob@hamburger.edu
! and at that time
> why all
because
PSH ACK
began with Day 1, 00:00:00.000 alice-pc: alice@crepes.fr writes
! and so on
> go 0s
00:00.
> go 100ms
00:00.1
> show mail.crepes.fr
No mail is waiting.
> start
That is the start of the run.
> end
1 delivered
> n
That was the end of the run.
> find
Find what?
> find smtp.reply hots=x
> go nowhere
> frobnicate
There is no such command
next message
> help
find PATTERN
> ?
find PATTERN
> /  smtp.reply   code=354
Nothing like that comes any more.
> g 0.4
00:00.
>
00:00.4
> q
END
session "$tmp/alice" alice-to-bob

# The fault is not in the chain of causes: a packet that is never answered leads to nothing. So it is told beside it.
cat >"$tmp/down" <<'END'
> find queue.defer
The host does not answer
> why
TCP fails: no answer
sent again
began with Day 1, 00:00:00.000 alice-pc: alice@crepes.fr writes
and at that time: Day 1, 00:00:00.000 mail.hamburger.edu: goes down
> find fault.end
is up again
> why
began with Day 1, 00:00:00.000 mail.hamburger.edu: goes down
! and at that time
> find mailbox.store
into bob's mailbox
> why
! goes down
> bc
> find queue.defer
Nothing like that
> start
> find queue.defer tries=2
waits
> why
goes down
END
session "$tmp/down" receiver-down-retry

# A run that is longer than what is kept of it: back to the start and forth again, by running again.
cat >"$tmp/many.json" <<'END'
{"format": 1, "domains": {"a.test": {"people": ["al"], "records": ["w 1 A 10.1.1.1"]}}, "actions": [
  {"do": "look_up", "host": "al-pc", "name": "w.a.test", "count": 6000, "every": "2s"},
  {"do": "down", "host": "ns.a.test", "at": "3h"}]}
END
cat >"$tmp/many" <<'END'
> end
6000 look-ups
> b
SERVFAIL
> why
no server answers
and at that time: Day 1, 03:00:00.000 ns.a.test: goes down
> start
> n
al-pc looks up A w.a.test
> show dns.a.test
Nothing is cached.
> end
> b
SERVFAIL
> go 10s
> why
00:00:10.000
! goes down
> find dns.give_up
3:00:
> b
no answer about w.a.test
END
session "$tmp/many" "$tmp/many.json"

# A line that is too long is no command, and what follows is; the end of the input ends the session.
{ head -c 100000 /dev/zero | tr '\0' x; echo; echo n; } >"$tmp/long"
"$MXLAB" step alice-to-bob <"$tmp/long" >"$tmp/out" || bad=1
[ "$(grep -c '^> ' "$tmp/out")" = 3 ] || { echo "a long line is not one command"; bad=1; }
grep -q 'alice@crepes.fr writes' "$tmp/out" || { echo "the line after a long one is lost"; bad=1; }
"$MXLAB" step alice-to-bob --lang ko </dev/null | grep -q '앨리스의 메일' || { echo "no Korean"; bad=1; }
"$MXLAB" step - </dev/null 2>/dev/null && { echo "the scenario came from where commands come from"; bad=1; }
exit $bad
