/* http/screen.h: a page of web mail as the person before it sees it: where links lead, what forms ask for,
 * what it says. Read from whatever the server sent: nothing is taken for granted. */
#ifndef HTTP_SCREEN_H
#define HTTP_SCREEN_H

#include "http/html.h"

struct screen_link {
    char *class, *url; /* URL resolved against the page's; class "" if there is none */
    char *name;        /* of a folder */
    uint32_t uid;      /* of a message; 0: none */
    bool is_new;
    char *subject;
};

struct screen_form {
    char *url;
    bool posts;
    GPtrArray *fields; /* of char *: name, value, name, value, … in their order */
};

struct screen {
    char *user;       /* who is logged in; NULL: nobody */
    char *notice;     /* what went wrong; NULL: nothing */
    GPtrArray *links; /* of struct screen_link */
    GPtrArray *forms; /* of struct screen_form */
    /* Of a message's page; `folder` NULL: it is none. */
    char *folder, *sender, *subject;
    uint32_t uid, mail;
    uint64_t size;
};

struct screen *screen_read(struct span page, const char *url);
void screen_free(struct screen **s);

/* The first link of that class (and name, unless NULL); NULL: there is none. */
const struct screen_link *screen_find_link(const struct screen *s, const char *class, const char *name);
/* The first form whose action ends so, and whose field `key` (unless NULL) has that value. */
struct screen_form *screen_find_form(const struct screen *s, const char *action, const char *key,
                                     const char *value);
/* Type into a field; false: it has none of that name. */
bool screen_type(struct screen_form *f, const char *name, const char *value);
/* As it is sent; to be freed. */
char *screen_encode(const struct screen_form *f);

#endif
