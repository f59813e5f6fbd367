# mxlab: `make run` and `make test` need nothing else typed. `make help` lists the rest.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
B     ?= build
ifeq ($(origin CC),default)
CC    := gcc
endif
PKGS  := glib-2.0 libcjson gmime-3.0 ldns libcrypto
WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wwrite-strings \
         -Wno-missing-field-initializers
OPT   ?= -O2 -g
JOBS  ?= $(shell nproc)
CPPFLAGS += -Isim -D_GNU_SOURCE
CFLAGS   += -std=c17 $(OPT) $(WARN) $(if $(WERROR),-Werror) -fno-omit-frame-pointer -ffp-contract=off
ifdef SAN
OPT     := -O1 -g
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=address,undefined
endif
ifdef FUZZER
CC      := clang
OPT     := -O1 -g
CFLAGS  += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=fuzzer,address,undefined
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

# FLOORS="core net" builds and tests the lower floors alone.
FLOORS ?= core net dns mail http scenario export
SRC    := $(foreach f,$(FLOORS),$(wildcard sim/$f/*.c)) $(if $(filter export,$(FLOORS)),$(wildcard sim/*.c))
OBJ    := $(SRC:%.c=$B/%.o)
LIB    := $B/libmxlab.a
CLI    := $(patsubst %.c,$B/%.o,$(wildcard sim/cli/*.c))
# The window is built where SDL2, Cairo and Pango are; nothing else needs them.
UI_PKGS   := sdl2 cairo cairo-svg cairo-pdf pangocairo
HAVE_UI   := $(shell pkg-config --exists $(UI_PKGS) 2>/dev/null && echo yes)
UI_CFLAGS := $(if $(HAVE_UI),$(shell pkg-config --cflags $(UI_PKGS)))
UI_LIBS   := $(if $(HAVE_UI),$(shell pkg-config --libs $(UI_PKGS)))
UI_MAIN   := $B/ui/main.o $B/ui/input.o
UI_OBJ    := $(filter-out $(UI_MAIN),$(patsubst %.c,$B/%.o,$(wildcard ui/*.c)))
UI_LIB    := $B/libmxlab-ui.a
UI_WORDS  := $(patsubst po/%.po,$B/locale/%/LC_MESSAGES/mxlab.mo,$(wildcard po/*.po))
TESTS  ?= $(filter-out $(if $(HAVE_UI),,ui_%),$(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c)))
FUZZ   ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH  := $(patsubst %.c,$B/%.o,$(filter-out $(if $(HAVE_UI),,%/bench_ui.c),$(wildcard tests/bench/*.c)))
SOURCES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')

.PHONY: all headless window ui-objects words run test unit unit-programs fuzz-replay fuzz floors format format-check bench golden clean help
# Objects are kept. (.SECONDARY for all would leave a new source out of an archive that is newer than it.)
.PRECIOUS: $B/%.o

all: headless $(if $(HAVE_UI),window)

headless: $B/mxlab

window: $B/mxlab-view words
words: $(if $(shell command -v msgfmt 2>/dev/null),$(UI_WORDS))
ui-objects: $(UI_OBJ) $(UI_MAIN)

# ---- The two commands of the README.

# The window where there is a display, the ladder where there is none.
run:
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  .ci/need window && $(MAKE) -s -j$(JOBS) headless window && $B/mxlab-view scenarios/alice-to-bob.json; \
	else \
	  .ci/need build && $(MAKE) -s -j$(JOBS) headless && $B/mxlab run scenarios/alice-to-bob.json; fi

test:
	@.ci/need test
	@B=$B JOBS=$(JOBS) tests/run

# ---- Building.

$B/mxlab: $(CLI) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $(CLI) $(LIB) $(PKG_LIBS)
$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^
$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
$B/tests/fuzz/%.o: CFLAGS += -Wno-missing-prototypes # the fuzzer calls a function that no header names
$B/ui/%.o $B/tests/unit/test_ui_%.o $B/tests/bench/bench_ui.o: CPPFLAGS += -Iui $(UI_CFLAGS)
$B/tests/bench/main.o: CPPFLAGS += $(if $(HAVE_UI),-DHAVE_UI)

$(UI_LIB): $(UI_OBJ)
	@rm -f $@
	ar rcs $@ $^
$B/mxlab-view: $(UI_MAIN) $(UI_LIB) $(LIB)
	@$(if $(HAVE_UI),,echo "The window wants the libraries $(UI_PKGS) (Debian: libsdl2-dev libpango1.0-dev)." >&2; exit 1)
	$(CC) $(LDFLAGS) -o $@ $^ $(UI_LIBS) $(PKG_LIBS)
$B/locale/%/LC_MESSAGES/mxlab.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check-format --check-domain -o $@ $<
-include $(shell find $B -name '*.d' 2>/dev/null)

# ---- Testing. `make unit TESTS="dns_name dns_msg"` runs those two.

unit-programs: $(TESTS:%=$B/tests/unit/test_%) $(if $(HAVE_UI),words)
unit: unit-programs
	@bad=0; for t in $(TESTS:%=$B/tests/unit/test_%); do $$t || bad=1; done; exit $$bad
$B/tests/unit/test_%: $B/tests/unit/test_%.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $< $(LIB) $(PKG_LIBS) -lcmocka

$B/tests/unit/test_ui_%: $B/tests/unit/test_ui_%.o $(UI_LIB) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $< $(UI_LIB) $(LIB) $(UI_LIBS) $(PKG_LIBS) -lcmocka

floors:
	@tests/floors

format:
	clang-format -i $(SOURCES)
format-check:
	@clang-format --dry-run -Werror $(SOURCES)

# What the bundled scenarios print is kept in tests/golden; read the diff as you read code.
golden: $B/mxlab
	@for s in scenarios/*.json; do n=$$(basename $$s .json); [ $$n = scenario.schema ] && continue; \
	  $B/mxlab run $$s --quiet --trace tests/golden/$$n.jsonl || exit 1; done; git diff --stat -- tests/golden

# The pictures in docs/ are made from runs.
docs: $B/mxlab $B/mxlab-view words
	docs/picture.py docs/alice-to-bob.svg 1 44 $B/mxlab run alice-to-bob
	@grep -v '^#' docs/pictures.txt | while read -r name moment; do \
	  printf 'resize 1280 800\ndo open scenarios/%s.json\nwait 500\ndo %s\nwait 300\nshot docs/pictures/%s.png\n' \
	    "$$name" "$$moment" "$$name" >$B/picture.script; \
	  XDG_CONFIG_HOME=$B/none LANGUAGE=en $B/mxlab-view --script $B/picture.script || exit 1; done
.PHONY: docs

# ---- Fuzzing: `make fuzz SECONDS=600 FUZZ="dns_msg"`; found inputs are left in build/fuzz.
SECONDS_EACH = $(or $(SECONDS),60)
fuzz:
	@.ci/need fuzz
	@$(MAKE) -s -j$(JOBS) FUZZER=1 B=$B/fuzz fuzz-programs
	@for f in $(FUZZ); do echo "== $$f"; mkdir -p $B/fuzz/found/$$f; \
	  d=tests/fuzz/$$f.dict; [ -f $$d ] && dict="-dict=$$d" || dict=; \
	  $B/fuzz/tests/fuzz/fuzz_$$f -max_total_time=$(SECONDS_EACH) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$B/fuzz/found/$$f- $$dict $B/fuzz/found/$$f tests/fuzz/corpus/$$f 2>&1 | tail -12; \
	  [ $${PIPESTATUS[0]} = 0 ] || exit 1; done
.PHONY: fuzz-programs fuzz-replay-programs
fuzz-programs: $(FUZZ:%=$B/tests/fuzz/fuzz_%)
$B/tests/fuzz/fuzz_%: $B/tests/fuzz/fuzz_%.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $< $(LIB) $(PKG_LIBS)

# The corpora, fed without a fuzzer: every input ever found stays harmless.
fuzz-replay-programs: $(FUZZ:%=$B/tests/fuzz/replay_%)
$B/tests/fuzz/replay_%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/replay.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# ---- Speed and memory: one table.
bench: $B/bench
	@$B/bench $(BENCHES)
$B/bench: $(BENCH) $(if $(HAVE_UI),$(UI_LIB)) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(UI_LIBS) $(PKG_LIBS)

clean:
	rm -rf $B

help:
	@echo "make run            build and run Alice to Bob"
	@echo "make test           everything that is tested"
	@echo "make headless       build/mxlab"
	@echo "make window         build/mxlab-view, where SDL2, Cairo and Pango are installed"
	@echo "make unit           the unit tests (TESTS=\"dns_name\" for one, SAN=1 under the sanitizers)"
	@echo "make golden         write the golden traces anew"
	@echo "make docs           the pictures of the docs, from runs"
	@echo "make fuzz           every fuzzer for SECONDS=60"
	@echo "make bench          speed and memory (BENCHES=\"sched mail\" for some)"
	@echo "make floors         which floor includes which"
	@echo "make format         lay out the code with clang-format"
