#!/bin/bash
# tshark, who did not write mxlab, reads the capture of every bundled scenario: nothing malformed, no bad checksum, no expert
# warning, no TCP trouble, no query without its answer, but for what tests/captures.txt says that a scenario causes; hosts have
# their names, and the SMTP, IMF and DNS dissectors see whole messages.
set -u
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
bad=0

complain() { echo "$name: $*"; bad=1; }
read_as() { tshark -2 -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -r "$tmp/c.pcapng" "$@" 2>/dev/null; }

gate()
{
    local what=$1 filter=$2
    read_as -Y "($filter) && !($excused)" -T fields -e frame.number -e _ws.col.Info -e _ws.expert.message >"$tmp/found" ||
        complain "tshark can't look for $what"
    [ -s "$tmp/found" ] && { complain "$what:"; head -5 "$tmp/found"; }
}

for s in scenarios/*.json; do
    name=$(basename "$s" .json); [ "$name" = scenario.schema ] && continue
    excused=$(awk -F'\t' -v n="$name" '$1 == n { print $2 }' tests/captures.txt); excused=${excused:-frame.number == 0}
    "$MXLAB" run "$s" --quiet --pcap "$tmp/c.pcapng" || { complain "did not run"; continue; }
    gate malformed '_ws.malformed || _ws.unreassembled || _ws.short'
    gate warnings '_ws.expert.severity >= 6291456'
    gate "TCP trouble" 'tcp.analysis.flags && !tcp.analysis.window_update'
    gate checksums 'ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0'
    gate "queries without answer" 'dns.flags.response == 0 && !dns.response_in'
    gate "answers without query" 'dns.flags.response == 1 && !dns.response_to'
    gate "unknown data" 'data'
    capinfos -o "$tmp/c.pcapng" 2>/dev/null | grep -q True || complain "not in order of time"
    tshark -n -r "$tmp/c.pcapng" 2>&1 >/dev/null | grep -i 'cut short' && complain "cut short"
    # As many messages as data transfers in the trace, each with its From: line, and host names from the capture itself.
    transfers=$(grep -c '"event":"smtp.data"' "tests/golden/$name.jsonl")
    seen=$(read_as -Y 'imf.from' -T fields -e frame.number | wc -l)
    lost=$(awk -F'\t' -v n="$name" '$1 == n { print $3 }' tests/captures.txt)
    [ "$seen" = $((transfers - ${lost:-0})) ] || complain "$seen messages seen, $transfers sent"
    if [ "$transfers" -gt 0 ]; then
        tshark -N n -r "$tmp/c.pcapng" 2>/dev/null | grep -q 'mail\.' || complain "hosts have no names"
    fi
    answers=$(grep -c '"event":"dns.response".*"transport":"udp"' "tests/golden/$name.jsonl")
    seen=$(read_as -Y 'dns.flags.response == 1 && udp' | wc -l)
    [ "$seen" = "$answers" ] || complain "$seen DNS answers seen, $answers sent"
done
exit $bad
