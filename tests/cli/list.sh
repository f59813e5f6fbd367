#!/bin/bash
# mxlab list: every bundled scenario with its title and lessons, in either language, from wherever one stands.
set -u
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0

"$MXLAB" list >"$tmp/en" || bad=1
"$MXLAB" list --lang ko >"$tmp/ko" || bad=1
LC_ALL=ko_KR.UTF-8 "$MXLAB" list | cmp - "$tmp/ko" || { echo "the environment's language is not heard"; bad=1; }
for s in scenarios/*.json; do
    name=$(basename "$s" .json); [ "$name" = scenario.schema ] && continue
    title=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["title"][sys.argv[2]])' "$s" en)
    grep -qF "$name" "$tmp/en" && grep -qF "$title" "$tmp/en" || { echo "$name is not listed"; bad=1; }
    title=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["title"][sys.argv[2]])' "$s" ko)
    grep -qF "$title" "$tmp/ko" || { echo "$name is not listed in Korean"; bad=1; }
done
[ "$(grep -c teaches "$tmp/en")" = "$(ls scenarios/*.json | grep -vc schema)" ] || { echo "a scenario teaches nothing"; bad=1; }
# As a course goes: mail first, by the first line of the curriculum that each teaches.
order=$(grep teaches "$tmp/en" | awk '{ print $2 }' | tr MSFRDB 012345)
[ "$order" = "$(sort -s -k1.1,1.1n -k1.2n <<<"$order")" ] || { echo "not in order"; bad=1; }

# An author's own order has the last word.
mkdir "$tmp/course"
for n in 3:a 1:c 2:b; do printf '{"format": 1, "hosts": {"a": {}}, "course": {"order": %d}}' "${n%:*}" >"$tmp/course/${n#*:}.json"; done
[ "$(MXLAB_SCENARIOS=$tmp/course "$MXLAB" list | awk '{ printf "%s", $1 }')" = cba ] || { echo "not in the order given"; bad=1; }

# A folder of one's own, where one file is broken: the others are listed, and the status says so.
mkdir "$tmp/mine"
printf '{"format": 1, "title": "Mine \\u001b[2J", "hosts": {"a": {}}}' >"$tmp/mine/mine.json"
printf '{"format": 1,' >"$tmp/mine/broken.json"
MXLAB_SCENARIOS=$tmp/mine "$MXLAB" list >"$tmp/out" 2>"$tmp/err"; [ $? = 2 ] || { echo "a broken scenario went unnoticed"; bad=1; }
grep -q 'mine .*Mine ?\[2J' "$tmp/out" || { echo "the good one is not listed"; cat "$tmp/out"; bad=1; }
grep -q 'broken.json:1:' "$tmp/err" || { echo "the broken one is not explained"; bad=1; }
MXLAB_SCENARIOS=$tmp/none "$MXLAB" list >/dev/null 2>"$tmp/err"; [ $? = 2 ] || { echo "a folder that is not there went unnoticed"; bad=1; }
exit $bad
