#!/bin/bash
# Films of a run, as GIF and MP4: ffprobe finds as many pictures as playing lasts, of the right size, and nothing is left beside them. Where
# ffmpeg is not installed, and for what can't be filmed: one clear line, status 2, and nothing is written.
set -u
view=${MXLAB_VIEW:-$(dirname "$MXLAB")/mxlab-view}
[ -x "$view" ] || { echo "the window is not built: SDL2, Cairo and Pango are wanted"; exit 77; }
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
export XDG_CONFIG_HOME=$tmp HOME=$tmp LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
scenario=$PWD/scenarios/alice-to-bob.json
out=$tmp/films; mkdir "$out"
bad=0
wrong() { echo "$*"; bad=1; }
is_bare() { [ -z "$(ls -A "$out")" ] || { wrong "$1: left $(ls -A "$out")"; rm -rf "${out:?}"/*; }; }

# refuse PATTERN ARGUMENT…: status 2, one line that matches, and no file.
refuse()
{
    local want=$1; shift
    "$MXLAB" figure "$@" >"$tmp/said" 2>&1 </dev/null
    local status=$?
    [ $status = 2 ] && [ "$(wc -l <"$tmp/said")" = 1 ] && grep -qE -- "$want" "$tmp/said" || wrong "figure $*: status $status, $(cat "$tmp/said")"
    is_bare "figure $*"
}
refuse 'say --ladder, --map, --all or --record' "$scenario" --record
refuse 'say --ladder, --map, --all or --record' "$scenario" --record --map -o "$out/a.mp4"
refuse 'a film has --from' "$scenario" --record --at 1s -o "$out/a.mp4"
refuse 'a film has --from' "$scenario" --map --to 1s -o "$out/a.svg"
refuse 'should end in .mp4 or .gif' "$scenario" --record -o "$out/a.avi"
refuse 'is not a time' "$scenario" --record --from soon -o "$out/a.mp4"
refuse 'no moment 99d' "$scenario" --record --from 99d -o "$out/a.mp4"
refuse 'end before it begins' "$scenario" --record --from 2s --to 1s -o "$out/a.mp4"
refuse 'speed from 0.25 to 8' "$scenario" --record --speed 100 -o "$out/a.mp4"
refuse 'longer than 10 minutes' receiver-down-bounce --record --speed 0.25 -o "$out/a.mp4"
refuse 'No such file' "$tmp/nothing.json" --record -o "$out/a.mp4"

# Without ffmpeg: what is beside the program is all there is.
PATH=$(dirname "$MXLAB") "$MXLAB" figure "$scenario" --record -o "$out/a.mp4" 2>"$tmp/said"; status=$?
[ $status = 2 ] && grep -q 'apt install ffmpeg' "$tmp/said" || wrong "without ffmpeg: status $status, $(cat "$tmp/said")"
is_bare "without ffmpeg"

if ! command -v ffmpeg ffprobe >/dev/null; then
    echo "ffmpeg is not installed: what it makes was not looked at"
    exit $bad
fi
refuse 'No such file' "$scenario" --record -o "$out/no/such/a.mp4"
mkdir "$tmp/folder.gif"
refuse 'directory' "$scenario" --record -o "$tmp/folder.gif"

# probe FILE: "codec pixels width height pictures/s pictures".
probe()
{
    ffprobe -v error -count_frames -select_streams v -show_entries stream=codec_name,pix_fmt,width,height,r_frame_rate,nb_read_frames \
        -of default=nw=1:nk=1 "$1" | tr '\n' ' '
}
# film NAME WANT ARGUMENT…: `probe` says what is wanted.
film()
{
    local file=$out/$1 want=$2; shift 2
    "$MXLAB" figure "$scenario" --record --speed 8 -o "$file" "$@" 2>&1 || wrong "$file: status $?"
    local is; is=$(probe "$file"); is=${is% }
    # shellcheck disable=SC2053 # it is a pattern
    [[ $is == $want ]] || wrong "$(basename "$file") is $is, not $want"
}
h264=h264; ffmpeg -v error -encoders | grep -qE ' lib(x264|openh264) ' || h264=mpeg4
film a.mp4 "$h264 1280 800 yuv420p 25/1 *"
film a.gif "gif 1280 800 bgra 25/2 *"
film odd.mp4 "$h264 1002 702 yuv420p 25/1 *" --size 1001x701 --to 0.2s --theme dark
film still.gif "gif 1280 800 bgra 25/2 14" --from 30s --to 30s --language ko # one picture, and a second
[ "$(ls -A "$out" | wc -l)" = 4 ] || wrong "beside the films: $(ls -A "$out")"

# The two last as long as each other, to a picture of the GIF.
mp4=$(probe "$out/a.mp4") gif=$(probe "$out/a.gif")
awk -v a="${mp4##*1 }" -v b="${gif##*2 }" 'BEGIN { d = a / 25 - b / 12.5; exit !(a > 100 && d > -0.2 && d < 0.2) }' ||
    wrong "they last differently: $mp4 $gif"
# The same film is the same file.
"$MXLAB" figure "$scenario" --record --speed 8 -o "$out/b.gif" && cmp "$out/a.gif" "$out/b.gif" || bad=1
# Its last picture is the window at the end of the run: what GIF's 256 colours and MP4's compression leave of it.
(cd "$tmp" && printf 'do end\nshot end.png\n' | "$view" --script - "$scenario") || bad=1
for f in a.mp4 a.gif; do
    ffmpeg -v error -y -sseof -0.5 -i "$out/$f" -update 1 -frames:v 1 "$tmp/last.png" </dev/null 2>/dev/null ||
        ffmpeg -v error -y -i "$out/$f" -update 1 "$tmp/last.png" </dev/null
    like=$(ffmpeg -hide_banner -i "$tmp/last.png" -i "$tmp/end.png" -lavfi '[0]format=rgb24[a];[1]format=rgb24[b];[a][b]psnr' -f null - </dev/null 2>&1 |
        grep -oE 'average:[0-9.a-z]+' | cut -d: -f2)
    awk -v p="$like" 'BEGIN { exit !(p == "inf" || p > 30) }' || wrong "the last picture of $f is not the end of the run: PSNR ${like:-none}"
done

# In the window the same is a verb, and a script goes on when it is done; an interrupted film leaves nothing.
rm -f "$out"/*
cat >"$tmp/film.script" <<END
do at 20
do follow mail:m1
refuse record $out/a.avi
refuse record $out/no/such/a.gif
do record $out/v.gif now 0.5s
expect toast "Written to $out/v.gif: a film of*"
do export all $out/e.mp4
END
MXLAB_SCALE=1 "$view" --script "$tmp/film.script" "$scenario" 2>&1 || bad=1
[ "$(ls -A "$out" | tr '\n' ' ')" = "e.mp4 v.gif " ] || wrong "the script made: $(ls -A "$out")"
rm -f "$out"/*
"$view" --film -o "$out/a.mp4" "$scenario" 2>"$tmp/said" & pid=$!
for _ in {1..100}; do [ -n "$(ls -A "$out")" ] && break; sleep 0.1; done
kill "$pid"; wait "$pid"; [ $? = 2 ] || wrong "an interrupted film: status $?"
is_bare "an interrupted film"
exit $bad
