#!/bin/bash
# mxlab verify: a trace is confirmed; one that was forged, cut or extended anywhere is refused, with the line.
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0; n=0

"$MXLAB" run alice-to-bob --quiet --trace "$tmp/good" || exit 1
lines=$(wc -l <"$tmp/good")

# expect STATUS PATTERN SCENARIO FILE
expect()
{
    n=$((n + 1))
    "$MXLAB" verify "$3" "$4" >"$tmp/out" 2>"$tmp/err" </dev/null
    local status=$?
    [ $status = "$1" ] || { echo "verify $3 $4: status $status"; cat "$tmp/out" "$tmp/err"; bad=1; }
    cat "$tmp/out" "$tmp/err" | grep -qE -- "$2" || { echo "verify $3 $4: no '$2' in"; cat "$tmp/out" "$tmp/err"; bad=1; }
}

expect 0 "is the trace of alice-to-bob, seed 1: $((lines - 1)) records" alice-to-bob "$tmp/good"
"$MXLAB" run alice-to-bob --quiet --seed 77 --trace "$tmp/seeded"
expect 0 'seed 77' alice-to-bob "$tmp/seeded"
"$MXLAB" verify alice-to-bob - <"$tmp/good" >/dev/null || { echo "not from standard input"; bad=1; }
[ -d tests/golden ] && for s in scenarios/*.json; do
    name=$(basename "$s" .json)
    [ -f "tests/golden/$name.jsonl" ] && expect 0 'is the trace' "$s" "tests/golden/$name.jsonl"
done

sed '50s/"host":"[^"]*"/"host":"mail.forged.example"/' "$tmp/good" >"$tmp/forged"; expect 1 'forged:50: ' alice-to-bob "$tmp/forged"
grep -q 'mail.forged.example' "$tmp/out" || { echo "the forged line is not shown"; bad=1; }
sed 's/"seed":1,/"seed":2,/' "$tmp/good" >"$tmp/reseeded"; expect 1 ':[0-9]+: ' alice-to-bob "$tmp/reseeded"
sed '1s/"scenario":"[^"]*"/"scenario":"x"/' "$tmp/good" >"$tmp/header"; expect 1 'header:1: ' alice-to-bob "$tmp/header"
sed '20d' "$tmp/good" >"$tmp/lost"; expect 1 'lost:20: ' alice-to-bob "$tmp/lost"
sed '20{h;G}' "$tmp/good" >"$tmp/twice"; expect 1 'twice:21: ' alice-to-bob "$tmp/twice"
sed '20s/$/ /' "$tmp/good" >"$tmp/space"; expect 1 'space:20: ' alice-to-bob "$tmp/space"
sed 's/$/\r/' "$tmp/good" >"$tmp/crlf"; expect 1 'crlf:1: ' alice-to-bob "$tmp/crlf"
head -n 100 "$tmp/good" >"$tmp/cut"; expect 1 'cut:101: ' alice-to-bob "$tmp/cut"
grep -q 'the file: nothing more' "$tmp/out" || { echo "that the file ends is not said"; bad=1; }
head -c -1 "$tmp/good" >"$tmp/no-end"; expect 1 "no-end:$lines: " alice-to-bob "$tmp/no-end"
{ cat "$tmp/good"; echo '{}'; } >"$tmp/longer"; expect 1 "longer:$((lines + 1)): " alice-to-bob "$tmp/longer"
grep -q 'the run : nothing more' "$tmp/out" || { echo "that the run ends is not said"; bad=1; }
{ cat "$tmp/good"; printf '\0'; } >"$tmp/nul"; expect 1 "nul:$((lines + 1)): " alice-to-bob "$tmp/nul"
{ head -n 9 "$tmp/good"; printf '\033[2J\n'; } >"$tmp/escape"; expect 1 'escape:10: ' alice-to-bob "$tmp/escape"
grep -q $'\033' "$tmp/out" && { echo "an escape reached the terminal"; bad=1; }
: >"$tmp/empty"; expect 1 'empty:1: ' alice-to-bob "$tmp/empty"
head -c 200000 /dev/urandom >"$tmp/noise"; expect 1 'noise:1: ' alice-to-bob "$tmp/noise"
expect 1 ':1: ' alice-to-bob /dev/zero
expect 1 ':1: ' dns-iterated "$tmp/good"
"$MXLAB" run alice-to-bob --quiet --only 'smtp.*' --trace "$tmp/only"; expect 1 'only:2: ' alice-to-bob "$tmp/only"
expect 2 "can't be read: No such file" alice-to-bob "$tmp/none"
expect 2 "can't be read: Is a directory" alice-to-bob "$tmp"
expect 2 "can't both come from standard input" - -
expect 2 'no such file' no-such-scenario "$tmp/good"
echo "$n claims"
exit $bad
