/* http/browser_internal.h: what the parts of a browser share. Nobody else includes it. */
#ifndef HTTP_BROWSER_INTERNAL_H
#define HTTP_BROWSER_INTERNAL_H

#include "http/browser.h"
#include "http/cookies.h"
#include "http/fetch.h"

enum {
    BROWSER_REDIRECTS_MAX = 10,
    BROWSER_OBJECTS_MAX = 1000, /* of a page; the others are not fetched */
    BROWSER_PAGES_KEPT = 1000,  /* in the table; the oldest go */
};

/* What a person wants: a page, or something of web mail. One is under way at a time. */
struct browser_job {
    GList link;
    struct browser *browser;
    uint64_t cause; /* the person's action */
    sim_time began; /* when its turn came */
    size_t size;    /* octets of the responses so far */
    GArray *conns;  /* of uint32_t: the connections that they came over */
    const struct browser_job_kind {
        void (*start)(struct browser_job *job);
        void (*free)(struct browser_job *job); /* also where it is under way: nobody calls it back any more */
    } * kind;
};

/* A row of the table of pages. */
struct browser_seen {
    char *url;
    unsigned code, objects, connections;
    size_t size;
    sim_time at, took;
};

struct browser {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    struct dns_stub *stub;
    struct fetcher *fetcher;
    struct http_jar jar;
    bool is_up;
    GQueue jobs; /* of struct browser_job, the first is under way */
    GQueue gets; /* of struct get, that are under way */
    GQueue seen; /* of struct browser_seen */
};

/* Take it on: `job` is the browser's from here. */
void browser_take(struct browser *b, struct browser_job *job, const struct browser_job_kind *kind);
/* The job that is under way is over, and freed by this. */
void browser_done(struct browser_job *job);
/* agent.ask, at the beginning of a job: all that follows comes from it. `user` may be "", the others NULL. */
void browser_ask(struct browser_job *job, const char *user, const char *what, const char *folder,
                 const char *into, const char *target);
/* agent.fail; `user` may be "". */
void browser_fail(struct browser_job *job, const char *user, const char *line);
/* A row for the table. */
void browser_note(struct browser_job *job, const char *url, unsigned code, unsigned objects);

/* ---- browser_get.c: one URL, to its end: cookies go along and are kept, redirections are followed. */

struct browser_answer {
    const char *asked, *url;            /* what for, and where it came from in the end */
    const struct http_message *message; /* NULL: nothing came */
    const char *why;                    /* then */
};
typedef void browser_on_answer(void *self, const struct browser_answer *a);

/* `method` NULL: GET; `form` NULL: none. The callback comes later, once, unless browser_drop_gets. */
void browser_get(struct browser_job *job, const char *url, const char *method, const char *form,
                 const struct fetch_how *how, browser_on_answer *on_answer, void *self);
void browser_drop_gets(struct browser *b);

bool browser_is_page(const struct http_message *m); /* it is HTML */

#endif
