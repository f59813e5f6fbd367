#!/bin/bash
# An expanded scenario is a scenario, has nothing left to derive (expanding it changes nothing), and runs to the same records.
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0
for s in scenarios/*.json; do
    name=$(basename "$s" .json); [ "$name" = scenario.schema ] && continue
    "$MXLAB" expand "$s" >"$tmp/$name.json" || { echo "$name: not expanded"; bad=1; continue; }
    "$MXLAB" expand "$tmp/$name.json" >"$tmp/again.json" || bad=1
    cmp "$tmp/$name.json" "$tmp/again.json" || { echo "$name: expanding twice is not expanding once"; bad=1; }
    "$MXLAB" run "$tmp/$name.json" --quiet --trace - | tail -n +2 >"$tmp/a"
    tail -n +2 "tests/golden/$name.jsonl" | cmp - "$tmp/a" || { echo "$name: another trace when expanded"; bad=1; }
done
exit $bad
