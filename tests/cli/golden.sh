#!/bin/bash
# Every bundled scenario runs to its golden trace, twice the same, under the sanitizers and as users build it, with its mail all
# accounted for (asserted at the end of each run).
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0; n=0
for s in scenarios/*.json; do
    name=$(basename "$s" .json); [ "$name" = scenario.schema ] && continue
    n=$((n + 1)); golden=tests/golden/$name.jsonl
    "$MXLAB" run "$s" --quiet --trace "$tmp/a.jsonl" --pcap "$tmp/a.pcapng" || bad=1
    "$MXLAB_FAST" run "$s" --quiet --trace "$tmp/b.jsonl" --pcap "$tmp/b.pcapng" || bad=1
    cmp "$tmp/a.jsonl" "$tmp/b.jsonl" || bad=1
    cmp "$tmp/a.pcapng" "$tmp/b.pcapng" || bad=1
    if [ ! -f "$golden" ]; then echo "$golden is missing (make golden)"; bad=1; continue; fi
    diff "$golden" "$tmp/a.jsonl" | head -5; cmp -s "$golden" "$tmp/a.jsonl" || { echo "$name: not its golden trace"; bad=1; }
    "$MXLAB" verify "$s" "$golden" >/dev/null || { echo "$name: verify says no"; bad=1; }
done
echo "$n scenarios"
[ $n -gt 0 ] && exit $bad
