# mxlab: `make run` and `make test` need nothing else typed. `make help` lists the rest.
SHELL := /bin/bash
B     ?= build
CC    ?= gcc
PKGS  := glib-2.0 libcjson gmime-3.0 libldns libcrypto
WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wwrite-strings \
         -Wno-missing-field-initializers
OPT   ?= -O2 -g
CPPFLAGS += -Isim -D_GNU_SOURCE -DG_LOG_USE_STRUCTURED
CFLAGS   += -std=c17 $(OPT) $(WARN) $(if $(WERROR),-Werror) -fno-omit-frame-pointer -fno-strict-overflow
ifdef SAN
OPT     := -O1 -g
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=address,undefined
endif
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS)) -lm

# FLOORS="core net" builds and tests the lower floors alone.
FLOORS ?= core net dns mail scenario export
SRC    := $(foreach f,$(FLOORS),$(wildcard sim/$f/*.c)) $(if $(filter export,$(FLOORS)),$(wildcard sim/*.c))
OBJ    := $(SRC:%.c=$B/%.o)
LIB    := $B/libmxlab.a
CLI    := $(patsubst %.c,$B/%.o,$(wildcard sim/cli/*.c))
TESTS  ?= $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))

.PHONY: all headless run test unit floors format format-check bench fuzz golden clean help
all: headless

headless: $B/mxlab
$B/mxlab: $(CLI) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $(CLI) $(LIB) $(PKG_LIBS)
$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^
$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find $B -name '*.d' 2>/dev/null)

# One program a unit test; `make unit TESTS="dns_name dns_msg"` runs those two.
unit: $(TESTS:%=$B/tests/unit/test_%)
	@bad=0; for t in $^; do $$t || bad=1; done; exit $$bad
$B/tests/unit/test_%: $B/tests/unit/test_%.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $< $(LIB) $(PKG_LIBS) -lcmocka

format:
	clang-format -i $(shell git ls-files -co --exclude-standard '*.c' '*.h')
clean:
	rm -rf $B
