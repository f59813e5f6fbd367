#!/bin/bash
# The window without a window: scripts of inputs over every bundled scenario. No two labels overlap and whatever can be clicked is in the
# window, in each theme, size and language; a step back and forward shows the same again; the pictures are written; a monkey finds nothing.
set -u
view=${MXLAB_VIEW:-$(dirname "$MXLAB")/mxlab-view}
fast=${MXLAB_FAST:+$(dirname "$MXLAB_FAST")/mxlab-view}   # without sanitizers: for what only counts pixels, at hundreds of moments
[ -x "$view" ] || { echo "the window is not built: SDL2, Cairo and Pango are wanted"; exit 77; }
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
export XDG_CONFIG_HOME=$tmp HOME=$tmp LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
bad=0
# Scripts that know nothing of each other run two at a time; what one finds wrong is told by a file.
pause() { while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do wait -n; done; }
fail() { echo "$*"; touch "$tmp/bad"; }

[ -x "$fast" ] || fast=$view

# play NAME [SCENARIO]: the script on standard input succeeds.
play()
{
    local name=$1; shift
    cat >"$tmp/$name"
    (cd "$tmp" && "$view" --script "$tmp/$name" "$@" 2>&1) || fail "^ $name ${1-}"
}
# refuse STATUS TEXT NAME [SCENARIO]: the script ends with that status, and says so.
refuse()
{
    local status=$1 text=$2 name=$3; shift 3
    cat >"$tmp/$name"
    out=$(cd "$tmp" && "$view" --script "$tmp/$name" "$@" 2>&1)
    [ $? = "$status" ] && grep -qF "$text" <<<"$out" || fail "$name: expected status $status and \"$text\", not: $out"
}

for s in "$PWD"/scenarios/*.json; do
    name=$(basename "$s" .json); [ "$name" = scenario.schema ] && continue
    pause
    {
        printf '%s\n' "do step message" "do step message" "dump $name-before.txt" "do back message" "do step message" "same $name-before.txt" \
            "do back chapter" sound "do end" sound "dump $name-end.txt" "do start" sound "do end" "same $name-end.txt"
        printf '%s\n' "do start" "do play" "wait 3000" sound "do pause" "do back packet" sound
        printf '%s\n' "do theme dark" sound "do language ko" sound "do text 1.5" sound "do text 1" "resize 900 600" sound "do tab why" sound \
            "do tab host" sound "do language en" sound "resize 2560 1440" "do text 2" sound "do end" sound
    } | play "$name.script" "$s" &
    pause
    # Every stop from the start to the end, where stepping on is refused.
    for i in {1..400}; do echo "do step message"; echo sound; done |
        view=$fast refuse 1 'refused: This is the end of the run.' "$name-stops.script" "$s" &
done

# Every size and text size, in the largest bundled scenario, with a name of 60 characters, with 200 hosts, with 10 000 rows in the ladder.
long=department-of-very-long-names-of-the-old-university.edu
crowd() { # NETWORKS FIRST-DOMAIN: everybody writes to a person of the next network
    local n=$1 i domains= actions= d
    name_of() { [ "$1" = 0 ] && echo "$2" || echo "d$1.edu"; }
    for ((i = 0; i < n; i++)); do
        d=$(((i + 1) % n))
        domains+="${domains:+, }\"$(name_of $i "$2")\": { \"people\": [\"ann$i\", \"ben$i\", \"eve$i\"] }"
        actions+="${actions:+, }{ \"at\": \"${i}ms\", \"do\": \"send\", \"from\": \"ann$i@$(name_of $i "$2")\", \"to\": \"ben$d@$(name_of $d "$2")\" }"
    done
    echo "{ \"format\": 1, \"title\": \"A crowd\", \"domains\": { $domains }, \"actions\": [ $actions ] }"
}
matrix() { # NAME SCENARIO VERB-THAT-GOES-SOMEWHERE SIZE…
    local name=$1 scenario=$2 verb=$3 size text theme=0 themes=(light dark contrast); shift 3
    {
        echo "do $verb"
        for size in "$@"; do
            for text in 0.8 1 1.4 2; do
                printf '%s\n' "resize $size" "do text $text" "do theme ${themes[theme++ % 3]}" "do tab map" sound "do tab ladder" sound \
                    "do tab host" sound
            done
        done
    } | view=$fast play "$name.script" "$scenario"
}
many_rows() {
    local i actions=
    for ((i = 0; i < 420; i++)); do
        actions+="${actions:+, }{ \"at\": \"${i}s\", \"do\": \"send\", \"from\": \"alice@crepes.fr\", \"to\": \"bob@hamburger.edu\" }"
    done
    echo "{ \"format\": 1, \"title\": \"Rows\", \"domains\": { \"crepes.fr\": { \"people\": [\"alice\"] }, \"hamburger.edu\": { \"people\": [\"bob\"] } }, \"actions\": [ $actions ] }"
}
crowd 33 "$long" >"$tmp/crowd.json"
crowd 2 "$long" >"$tmp/long.json"
many_rows >"$tmp/rows.json"
pause; matrix crowd "$tmp/crowd.json" "go 100ms" "900 600" "1280 800" "2560 1440" &
pause; matrix long "$tmp/long.json" "find smtp.command" "900 600" "1024 700" "1920 1080" &
pause; matrix load "$PWD/scenarios/dns-load-distribution.json" "go 1s" "900 600" "1024 700" "1280 800" &
pause; matrix rows "$tmp/rows.json" end "900 600" "1920 1080" &
play long-ko.script "$tmp/long.json" <<'END'
do language ko
resize 900 600
do text 2
do end
sound
do tab story
sound
absent host:mail.d1.edu
do tab map
expect host:mail.d1.edu
END

# What a mail says, raw beside read, in every size and language; who reads it, and what that changes.
play letter.script "$PWD/scenarios/mime-base64.json" <<'END'
do find mailbox.store
expect badge:mailbox:mail.hamburger.edu "*1 not read yet"
do select mail:m1
do letter on
do select row:part:1
expect part:1 "1  text/plain; utf-8  base64"
sound
do scroll down
do scroll down
expect group:1:0 "EA B8 88: 6riI"
sound
do theme contrast
do language ko
do text 1.5
sound
resize 900 600
sound
do text 2
sound
do letter off
sound
END
play reading.script "$PWD/scenarios/imap-two-devices.json" <<'END'
do find mailbox.flags flags=*Flagged*
do select host:mail.hamburger.edu
expect row:imap:0 "bob-phone*SELECTED*"
sound
rclick host:bob-phone
sound
click menu-row:3
wait 500
do find agent.read host=bob-phone
expect badge:device:bob-phone "2 mails on this device"
do ask read bob-pc
expect input:0 bob@hamburger.edu
refuse read bob
do close
do compare
sound
END

play export.script "$PWD/scenarios/alice-to-bob.json" <<'END'
do end
do export all all.png
do export all all.svg
do export map map.pdf
do export ladder ladder.svg
refuse export all all.bmp
refuse export map map.mp4
refuse export all no/such/folder/all.png
shot shot.png
expect logo mxlab
absent button:nothing
END
begins() { head -c 200 "$tmp/$1" 2>/dev/null | grep -qaF "$2" || { echo "$1 is not the picture it should be"; bad=1; }; }
begins all.png PNG; begins shot.png PNG; begins all.svg '<svg'; begins ladder.svg '<svg'; begins map.pdf '%PDF-'

play again.script "$PWD/scenarios/alice-to-bob.json" <<'END'
do end
do export all again.svg
do export map again.pdf
END
cmp "$tmp/all.svg" "$tmp/again.svg" && cmp "$tmp/map.pdf" "$tmp/again.pdf" || bad=1

for seed in 1 2; do
    pause
    echo "monkey $seed 600" | play monkey-$seed.script "$PWD/scenarios/receiver-down-retry.json" &
done
pause
echo "monkey 3 600" | play monkey-picker.script &
wait

# mxlab figure and mxlab view start it.
for f in map.svg ladder.pdf ladder.png all.svg; do
    "$MXLAB" figure receiver-down-retry --"${f%.*}" --at 1h -o "$tmp/figure-$f" && [ -s "$tmp/figure-$f" ] || { echo "figure $f"; bad=1; }
done
"$MXLAB" figure receiver-down-retry -o "$tmp/x.svg" 2>/dev/null; [ $? = 2 ] || { echo "figure of what?"; bad=1; }
"$MXLAB" figure receiver-down-retry --map --at never -o "$tmp/x.svg" 2>/dev/null; [ $? = 2 ] || { echo "figure at never"; bad=1; }
"$MXLAB" figure "$tmp/nothing.json" --map -o "$tmp/x.svg" 2>/dev/null; [ $? = 2 ] || { echo "figure of nothing"; bad=1; }
SDL_VIDEODRIVER=dummy timeout 2 "$MXLAB" view alice-to-bob; [ $? = 124 ] || { echo "the window did not stay open"; bad=1; }

refuse 1 'wrong.script:2: nothing shown is named "button:nothing"' wrong.script "$PWD/scenarios/alice-to-bob.json" <<'END'
# a line that says something untrue
click button:nothing
END
refuse 1 'reads "mxlab", not "pop3*"' wrong.script "$PWD/scenarios/alice-to-bob.json" <<<'expect logo "pop3*"'
refuse 2 'no such command: dance' wrong.script <<<'dance'
refuse 2 'click wants 1 more' wrong.script <<<'click'
[ -e "$tmp/bad" ] && bad=1
exit $bad
