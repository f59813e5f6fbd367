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
refuse 'no-such-file.json: .*No such file' run no-such-file.json
refuse 'no whole number' run alice-to-bob --seed minus
refuse 'is no time' run alice-to-bob --until soon
refuse '\^' run alice-to-bob --only 'smtp.reply code=4xx hots=x'
refuse 'there is no host' run alice-to-bob --pcap-at nobody
refuse "can't be written" run alice-to-bob --quiet --trace "$tmp/no/such/folder/t.jsonl"
refuse "can't both" run alice-to-bob --trace - --pcap -
refuse 'there is no host' show alice-to-bob nobody
refuse "can't be read" verify alice-to-bob "$tmp/none"
printf '{"format": 1, "domians": {}}' >"$tmp/typo.json"
refuse 'typo.json:1:15: domians: .*did you mean "domains"' run "$tmp/typo.json" --trace "$tmp/t.jsonl"
[ -e "$tmp/t.jsonl" ] && { echo "a refused scenario left a trace"; bad=1; }
printf '{"format": 1,' >"$tmp/cut.json"
refuse 'cut.json:1:' check "$tmp/cut.json"
"$MXLAB" run alice-to-bob --quiet --trace /dev/full 2>"$tmp/err"; [ $? = 2 ] || { echo "a full disk went unnoticed"; bad=1; }

# A trace that was there stays whole when the new one can't be written.
echo old >"$tmp/old.jsonl"
refuse 'typo.json' run "$tmp/typo.json" --trace "$tmp/old.jsonl"
[ "$(cat "$tmp/old.jsonl")" = old ] || { echo "an old trace was lost"; bad=1; }
ls "$tmp"/*.part >/dev/null 2>&1 && { echo "half a file was left"; bad=1; }
echo "$n refusals"
exit $bad
