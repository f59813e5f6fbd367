/* The words of IMAP commands, read from anything: what is read lies in the command or was copied, and is what
 * was asked for. The first octet chooses what is read; names in modified UTF-7 come back as they were. */
#include <assert.h>

#include "mail/imap_list.h"
#include "mail/imap_parse.h"
#include "mail/imap_section.h"
#include "mail/imap_structure.h"
#include "mail/imap_text.h"
#include "mail/imap_utf7.h"

static void read_set(struct imap_args *a)
{
    struct imap_set set;
    GString *text = g_string_new(NULL);

    imap_args_take_set(a, &set);
    if (a->fault == NULL) {
        assert(set.n > 0);
        imap_set_settle(&set, 7);
        for (unsigned i = 0; i < set.n; i++) {
            assert(set.ranges[i].first >= 1 && set.ranges[i].first <= set.ranges[i].last);
            assert(i == 0 || set.ranges[i - 1].last < set.ranges[i].first);
            assert(imap_set_has(&set, set.ranges[i].first) && imap_set_has(&set, set.ranges[i].last));
        }
        imap_set_text(&set, text);
        assert(text->len > 0);
    }
    imap_set_release(&set);
    g_string_free(text, TRUE);
}

static void read_flags(struct imap_args *a)
{
    struct imap_flags flags;

    imap_args_take_flags(a, &flags);
    assert(flags.n_keywords <= MAIL_KEYWORDS_MAX && flags.system < MAIL_KEYWORD);
}

static void read_section(struct imap_args *a, struct span message)
{
    struct imap_section section;
    struct mime_part *root = mime_parse(message);
    GString *text = g_string_new(NULL), *again = g_string_new(NULL);
    struct span octets;

    imap_section_take(a, &section);
    if (a->fault == NULL) {
        struct imap_args b;
        struct imap_section same;

        imap_section_text(&section, text);
        imap_section_find(&section, root, again, &octets);
        /* What it is told as is read as the same. */
        imap_args_init(&b);
        imap_args_start(&b, span_bytes(text->str, text->len));
        imap_section_take(&b, &same);
        assert(b.fault == NULL && b.rest.len == 0 && same.what == section.what);
        g_string_truncate(again, 0);
        imap_section_text(&same, again);
        assert(g_string_equal(text, again));
        imap_section_release(&same);
        imap_args_release(&b);
    }
    imap_section_release(&section);
    mime_free(&root);
    g_string_free(text, TRUE);
    g_string_free(again, TRUE);
}

/* A string as it is written reads as itself. */
static void check_string(struct span text)
{
    GString *out = g_string_new(NULL);
    struct imap_args b;

    if (text.len > 0 && memchr(text.at, '\0', text.len) != NULL) {
        g_string_free(out, TRUE);
        return;
    }
    imap_put_astring(out, text);
    imap_args_init(&b);
    imap_args_start(&b, span_bytes(out->str, out->len));
    assert(span_is(imap_args_take_astring(&b, "a string"), text));
    assert(b.fault == NULL && b.rest.len == 0);
    imap_args_release(&b);
    g_string_free(out, TRUE);
}

static void check_name(struct span wire)
{
    GString *name = g_string_new("x"), *again = g_string_new(NULL);

    if (imap_utf7_decode(wire, name)) {
        assert(g_utf8_validate(name->str, (gssize)name->len, NULL));
        imap_utf7_encode(span_bytes(name->str + 1, name->len - 1), again);
        assert(span_is(span_bytes(again->str, again->len), wire));
    } else {
        assert(name->len == 1);
    }
    g_string_free(name, TRUE);
    g_string_free(again, TRUE);
}

/* A tidied pattern means the same. */
static void check_pattern(struct span text)
{
    const char *lf = text.len > 0 ? memchr(text.at, '\n', text.len) : NULL;
    size_t n = lf != NULL ? (size_t)(lf - text.at) : text.len;
    GString *tidy;

    if (n > 60 || text.len - n > 60)
        return;
    tidy = g_string_new_len(text.at, (gssize)n);
    imap_list_tidy(tidy);
    assert(imap_list_matches(span_bytes(text.at, n), span_bytes(text.at + n, text.len - n)) ==
           imap_list_matches(span_bytes(tidy->str, tidy->len), span_bytes(text.at + n, text.len - n)));
    g_string_free(tidy, TRUE);
}

static void check_structure(struct span message)
{
    struct mime_part *root = mime_parse(message);
    GString *out = g_string_new(NULL);

    imap_put_envelope(out, root->header);
    imap_put_structure(out, root, true);
    imap_put_structure(out, root, false);
    imap_put_addresses(out, message);
    g_string_free(out, TRUE);
    mime_free(&root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct imap_args a;
    struct span text = span_bytes(data + 1, size - 1);

    if (size == 0)
        return 0;
    imap_args_init(&a);
    imap_args_start(&a, text);
    switch (data[0] % 12) {
    case 0:
        read_set(&a);
        break;
    case 1:
        read_flags(&a);
        break;
    case 2:
        read_section(&a, text);
        break;
    case 3:
        imap_args_take_date(&a);
        break;
    case 4:
        imap_args_take_date_time(&a);
        break;
    case 5:
        imap_args_take_astring(&a, "a string");
        break;
    case 6:
        imap_args_take_pattern(&a);
        break;
    case 7:
        imap_args_take_literal(&a);
        break;
    case 8:
        check_string(text);
        break;
    case 9:
        check_name(text);
        break;
    case 10:
        check_pattern(text);
        break;
    case 11:
        check_structure(text);
        break;
    }
    assert(a.rest.len <= text.len && (a.fault == NULL || a.rest.len == 0));
    imap_args_release(&a);
    return 0;
}
