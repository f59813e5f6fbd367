#!/usr/bin/env python3
"""Draw what a command prints on a terminal of 80 columns as an SVG: docs/picture.py OUT.svg FIRST LAST COMMAND...
`make docs` makes the README's picture with it, from a run."""
import fcntl, html, os, pty, re, struct, subprocess, sys, termios, unicodedata

WIDTH, LINE, CHAR, TOP = 80, 19, 8.1, 44
PALETTE = {32: "#0072B2", 166: "#D55E00", 245: "#6B7A89", 136: "#8A6D1F", 160: "#B3261E"}
INK, QUIET, GROUND = "#1B2733", "#6B7A89", "#FFFFFF"


def on_a_terminal(command):
    """What the command writes when its output is a terminal of WIDTH columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")
    env.pop("NO_COLOR", None)
    child = subprocess.Popen(command, stdout=slave, stdin=subprocess.DEVNULL, env=env)
    os.close(slave)
    out = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:
            break
        if not block:
            break
        out += block
    if child.wait() != 0:
        sys.exit("%s failed" % command[0])
    return out.decode().replace("\r\n", "\n").split("\n")


def spans(line, style):
    """(text, colour, bold, italic) of a line with ANSI escapes; `style` is carried over from line to line."""
    colour, bold, italic = style
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not part.startswith("\x1b"):
            if part:
                yield part, colour, bold, italic
            continue
        codes = [int(c or 0) for c in part[2:-1].split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                colour, bold, italic = INK, False, False
            elif code == 1:
                bold = True
            elif code == 2:
                colour = QUIET
            elif code == 3:
                italic = True
            elif code == 38:
                colour = PALETTE.get(codes[1], INK)
                codes = codes[2:]
        style[:] = colour, bold, italic


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def draw(title, lines):
    height = TOP + LINE * len(lines) + 16
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">' % (WIDTH * CHAR + 40, height, WIDTH * CHAR + 40, height),
           '<rect x="0.5" y="0.5" width="%d" height="%d" rx="10" fill="%s" stroke="#DDE3E8"/>' % (WIDTH * CHAR + 39, height - 1, GROUND),
           '<text x="20" y="25" font-family="monospace" font-size="13.5" fill="%s">$ %s</text>' % (QUIET, html.escape(title)),
           '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.5" xml:space="preserve">']
    carried = [INK, False, False]
    for row, line in enumerate(lines):
        x = 20.0
        for text, colour, bold, italic in spans(line, carried):
            if text.strip():
                style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
                out.append('<text x="%.1f" y="%d" fill="%s"%s textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>'
                           % (x, TOP + LINE * (row + 1) - 6, colour, style, columns(text) * CHAR, html.escape(text)))
            x += columns(text) * CHAR
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    path, first, last, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    lines = on_a_terminal(command)[first - 1:last]
    with open(path + ".part", "w", encoding="utf-8") as f:
        f.write(draw(" ".join(["mxlab"] + command[1:]), lines))
    os.replace(path + ".part", path)


main()
