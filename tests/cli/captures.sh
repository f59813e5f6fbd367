#!/bin/bash
# tshark, who did not write mxlab, reads the capture of every bundled scenario: nothing malformed, no bad checksum, no expert
# warning, no TCP trouble, no query without its answer, but for what tests/captures.txt says that a scenario causes; hosts have
# their names, and the SMTP, IMF and DNS dissectors see whole messages.
set -u
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0

complain() { echo "$name: $*"; bad=1; }
read_as() { tshark -2 -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -o smtp.decryption:TRUE -r "$tmp/c.pcapng" "$@" 2>"$tmp/err"; }

# What must not be there: a name, and a display filter. Only of TCP's trouble are some frames excused.
gates()
{
    local excused=$1
    gate=(
        malformed                '_ws.malformed || _ws.unreassembled || _ws.short'
        warnings                 '_ws.expert.severity >= 6291456'
        'TCP trouble'            "tcp.analysis.flags && !tcp.analysis.window_update && !($excused)"
        checksums                'ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0'
        'queries without answer' 'dns.flags.response == 0 && !dns.response_in'
        'answers without query'  'dns.flags.response == 1 && !dns.response_to'
        'unknown data'           'data'
    )
    any="(${gate[1]})"
    for ((i = 3; i < ${#gate[@]}; i += 2)); do any="$any || (${gate[i]})"; done
}

found()
{
    read_as -Y "$1" -T fields -e frame.number -e _ws.col.Info -e _ws.expert.message >"$tmp/found" ||
        complain "tshark does not look: $(tail -1 "$tmp/err")"
    [ -s "$tmp/found" ]
}

for s in scenarios/*.json; do
    name=$(basename "$s" .json); [ "$name" = scenario.schema ] && continue
    excused=$(awk -F'\t' -v n="$name" '$1 == n { print $2 }' tests/captures.txt)
    gates "${excused:-frame.number == 0}"
    "$MXLAB" run "$s" --quiet --pcap "$tmp/c.pcapng" 2>/dev/null || { complain "did not run"; continue; }
    if found "$any"; then # all at once; only if there is something, which
        for ((k = 0; k < ${#gate[@]}; k += 2)); do
            found "${gate[k + 1]}" && { complain "${gate[k]}:"; head -5 "$tmp/found"; }
        done
    fi
    capinfos -o "$tmp/c.pcapng" 2>/dev/null | grep -q True || complain "not in order of time"
    read_as -T fields -e imf.from -e dns.flags.response -e udp.srcport -e tcp.dstport -e pop.request.command -e imap.request \
        -e http.request.method -e http.response.code -E aggregator=$'\001' >"$tmp/fields" || complain "tshark can't read it"
    grep -i 'cut short' "$tmp/err" && complain "cut short"
    # As many packets as were sent, as many messages as there were transfers, each with its From: line, as many answers.
    packets=$(grep -c '"event":"packet.send"' "tests/golden/$name.jsonl")
    seen=$(wc -l <"$tmp/fields")
    [ "$seen" = "$packets" ] || complain "$seen packets seen, $packets sent"
    transfers=$(grep -c '"event":"smtp.data"' "tests/golden/$name.jsonl")
    lost=$(awk -F'\t' -v n="$name" '$1 == n { print $3 }' tests/captures.txt)
    seen=$(awk -F'\t' '$1 != "" && $4 ~ /^(25|587)$/' "$tmp/fields" | wc -l)
    [ "$seen" = $((transfers - ${lost:-0})) ] || complain "$seen messages seen, $transfers sent"
    answers=$(grep -c '"event":"dns.response".*"transport":"udp"' "tests/golden/$name.jsonl")
    seen=$(awk -F'\t' '$2 ~ /^(1|True)$/ && $3 == 53' "$tmp/fields" | wc -l)
    [ "$seen" = "$answers" ] || complain "$seen DNS answers seen, $answers sent"
    # As many commands and responses of each protocol of reading as were said.
    column=4
    for event in pop3.command imap.command http.request http.response; do
        column=$((column + 1))
        said=$(grep -c "\"event\":\"$event\"" "tests/golden/$name.jsonl")
        seen=$(awk -F'\t' -v c=$column '$c != "" { n += split($c, all, "\001") } END { print n + 0 }' "$tmp/fields")
        [ "$seen" = "$said" ] || complain "$event: $seen seen, $said said"
    done
    tshark -N n -r "$tmp/c.pcapng" -c 20 2>/dev/null | grep -qE '(mail|dns)\.' || complain "hosts have no names"
done
exit $bad
