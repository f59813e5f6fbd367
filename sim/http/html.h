/* http/html.h: as much of HTML as the lab's web needs: text that cannot become markup, and what a page names.
 * Source: the HTML standard (whatwg.org), §13.1 and §13.2, as far as one pass over the tags goes. Left out: a
 * document's tree, scripts, styles; an object that only those would ask for is not seen. */
#ifndef HTTP_HTML_H
#define HTTP_HTML_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum {
    HTML_TAG_MAX = 8192, /* octets of a tag that are looked at; what is behind them is not */
    HTML_ATTRIBUTES_MAX = 32,
};

/* So that it stays text, also between the quotes of an attribute. Control characters but line ends and tabs,
 * and what is no UTF-8, become U+FFFD. Appended. */
void html_text(GString *out, struct span text);

struct html_attribute {
    char *name, *value; /* name in small letters; value with entities decoded, "" if there is none */
};

/* A tag of a page, as the scanner comes by it. */
struct html_tag {
    char name[16]; /* "img", small letters; "" where it is longer than any that is known here */
    bool is_end;   /* </form> */
    unsigned n;
    struct html_attribute attributes[HTML_ATTRIBUTES_MAX];
    struct span text; /* between it and the next tag, borrowed, as it stands */
};

/* The next tag of a page; false at its end. Comments, and the text of scripts and styles, are passed over.
 * `tag` is all zeros at first, and again when there is none left. */
bool html_next(struct span *page, struct html_tag *tag);
void html_tag_clear(struct html_tag *tag);                                /* when one stops before that */
bool html_tag_is(const struct html_tag *tag, const char *name);           /* a beginning, not an end */
const char *html_attribute(const struct html_tag *tag, const char *name); /* NULL: none */
/* With entities decoded; to be freed. */
char *html_decode(struct span text);

/* What a browser fetches to show the page, as it is written: src of img, script and iframe, href of
 * stylesheets; each once, in their order. An array of char *, with its free function. */
GPtrArray *html_objects(struct span page);

#endif
