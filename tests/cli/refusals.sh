#!/bin/bash
# Bad calls and bad files: exit status 2, one clear line on standard error, and no half-written file.
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0; n=0

# refuse PATTERN ARGUMENT…: status 2, and standard error matches.
refuse()
{
    local want=$1; shift; n=$((n + 1))
    "$MXLAB" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    local status=$?
    [ $status = 2 ] || { echo "mxlab $*: status $status"; bad=1; }
    grep -qE -- "$want" "$tmp/err" || { echo "mxlab $*: said"; cat "$tmp/err"; bad=1; }
}

refuse 'A first look'
refuse 'did you mean "run"' rnu
refuse 'there is no command' frobnicate
refuse 'something is missing' run
refuse 'too many words' run alice-to-bob alice-to-bob
refuse 'Unknown option --tarce' run alice-to-bob --tarce x
refuse 'no-such-file.json: there is no such file' run no-such-file.json
refuse 'no-such-file.json: .*No such file' run ./no-such-file.json
refuse 'did you mean "alice-to-bob"' run alice-to-bo
refuse 'see mxlab list' step xyzzy
refuse 'no whole number' run alice-to-bob --seed minus
refuse 'is no time' run alice-to-bob --until soon
refuse '\^' run alice-to-bob --only 'smtp.reply code=4xx hots=x'
refuse 'there is no host' run alice-to-bob --pcap "$tmp/c.pcapng" --pcap-at nobody
refuse '--pcap FILE says where' run alice-to-bob --pcap-at alice-pc
refuse "can't be written" run alice-to-bob --quiet --trace "$tmp/no/such/folder/t.jsonl"
refuse "can't both" run alice-to-bob --trace - --pcap -
refuse "can't both" run alice-to-bob --trace "$tmp/x" --pcap "$tmp/x"
refuse 'no SCENARIO|something is missing' show alice-to-bob
refuse 'is no time' show alice-to-bob alice-pc --at -1s
refuse 'commands come from' step -
refuse 'there is no host' show alice-to-bob nobody
refuse "can't be read" verify alice-to-bob "$tmp/none"
printf '{"format": 1, "domians": {}}' >"$tmp/typo.json"
refuse 'typo.json:1:15: domians: .*did you mean "domains"' run "$tmp/typo.json" --trace "$tmp/t.jsonl"
[ -e "$tmp/t.jsonl" ] && { echo "a refused scenario left a trace"; bad=1; }
printf '{"format": 1,' >"$tmp/cut.json"
refuse 'cut.json:1:' check "$tmp/cut.json"
"$MXLAB" run alice-to-bob --quiet --trace /dev/full 2>"$tmp/err"; [ $? = 2 ] || { echo "a full disk went unnoticed"; bad=1; }

# Files that are none: nothing crashes, nothing is waited for, and there is one clear complaint.
: >"$tmp/empty"; mkdir "$tmp/folder"; head -c 100000 /dev/urandom >"$tmp/noise"; head -c 17000000 /dev/zero | tr '\0' ' ' >"$tmp/huge"
printf '\0\0\0' >"$tmp/nul"; printf '{"\\u001b[2J": 1}' >"$tmp/escape"
for command in run check expand step "show X" "verify X"; do
    set -- ${command/X/}
    more=; [ "$1" = show ] && more=alice-pc; [ "$1" = verify ] && more=/dev/null
    for file in empty folder noise huge nul escape none; do
        refuse "$file: it can't be read|$file:[0-9]+:[0-9]+: |$file: larger than" "$1" "$tmp/$file" $more
        grep -q $'\033' "$tmp/err" && { echo "mxlab $1: an escape reached the terminal"; bad=1; }
    done
    refuse 'stdin:1:1: ' "$1" /dev/stdin $more
done

# What can't be printed was not done: a full disk, a closed output; and what is printed then goes into no other file.
for command in "run alice-to-bob" "check alice-to-bob" "expand alice-to-bob" list "show alice-to-bob alice-pc" "step alice-to-bob" \
    --help --version "run alice-to-bob --quiet --trace -" "run alice-to-bob --quiet --pcap -"; do
    "$MXLAB" $command >/dev/full 2>"$tmp/err" </dev/null; [ $? = 2 ] || { echo "mxlab $command: a full disk went unnoticed"; bad=1; }
    grep -q "can't be written" "$tmp/err" || { echo "mxlab $command: says nothing of the full disk"; bad=1; }
    "$MXLAB" $command >&- 2>/dev/null </dev/null; [ $? = 2 ] || { echo "mxlab $command: a closed output went unnoticed"; bad=1; }
done
"$MXLAB" run alice-to-bob --quiet --trace "$tmp/t1" || bad=1
"$MXLAB" run alice-to-bob --trace "$tmp/t2" >&- 2>&- <&-
cmp "$tmp/t1" "$tmp/t2" || { echo "what was printed went into the trace"; bad=1; }

# The scenario is not written over, a link stays a link, a pipe is written to.
cp scenarios/alice-to-bob.json "$tmp/mine.json"; ln -s mine.json "$tmp/link.json"
refuse 'is the scenario itself' run "$tmp/mine.json" --trace "$tmp/link.json"
cmp "$tmp/mine.json" scenarios/alice-to-bob.json || bad=1
echo old >"$tmp/behind"; ln -s behind "$tmp/before"
"$MXLAB" run alice-to-bob --quiet --trace "$tmp/before" || bad=1
[ -L "$tmp/before" ] && cmp "$tmp/behind" "$tmp/t1" || { echo "a link was replaced"; bad=1; }
mkfifo "$tmp/pipe"; cat "$tmp/pipe" >"$tmp/from-pipe" & "$MXLAB" run alice-to-bob --quiet --trace "$tmp/pipe"; wait
cmp "$tmp/from-pipe" "$tmp/t1" || { echo "a pipe did not get the trace"; bad=1; }

# A trace that was there stays whole when the new one can't be written.
echo old >"$tmp/old.jsonl"
refuse 'typo.json' run "$tmp/typo.json" --trace "$tmp/old.jsonl"
[ "$(cat "$tmp/old.jsonl")" = old ] || { echo "an old trace was lost"; bad=1; }
ls "$tmp"/*.part >/dev/null 2>&1 && { echo "half a file was left"; bad=1; }
echo "$n refusals"
exit $bad
