/* view.h: what an onlooker may read of a run, at the moment where it stands. Nothing here changes anything.
 * Pointers are borrowed: good until the run is stepped, rewound or closed, but names and texts until it is
 * closed. */
#ifndef VIEW_H
#define VIEW_H

#include "core/sheet.h"
#include "mxlab.h"

/* ---- The scenario. */

const char *view_name(const struct mxlab *m);    /* "alice-to-bob" */
const char *view_title(const struct mxlab *m);   /* in the language asked for; never NULL */
const char *view_about(const struct mxlab *m);   /* or NULL */
const char *view_teaches(const struct mxlab *m); /* "M1 M6 B1"; may be empty */
const char *view_sha256(const struct mxlab *m);  /* of the file's bytes, 64 hexadecimal digits */
uint64_t view_seed(const struct mxlab *m);
int64_t view_epoch_s(const struct mxlab *m); /* Unix seconds at virtual time 0 */

unsigned view_chapters(const struct mxlab *m);
const char *view_chapter_title(const struct mxlab *m, unsigned i); /* from 0; never NULL */
const char *view_chapter_text(const struct mxlab *m, unsigned i);  /* or NULL */

/* ---- The run. */

sim_time view_now(const struct mxlab *m);
bool view_is_over(const struct mxlab *m);
uint64_t view_seq(const struct mxlab *m); /* of the latest record */

/* ---- Hosts and links. */

enum view_role {
    VIEW_COMPUTER,
    VIEW_MAIL,
    VIEW_ROOT,
    VIEW_TLD,
    VIEW_AUTHORITATIVE,
    VIEW_LOCAL,
    VIEW_WEB,
    VIEW_ROUTER
};

struct view_host {
    const char *name;
    const char *label;     /* for people: "root server"; the name if there is no other */
    const char *role_text; /* "mail" */
    enum view_role role;
    uint32_t address; /* IPv4, host byte order */
    bool has_position;
    int x, y; /* the author's, in thousandths of the map */
    bool is_up;
    unsigned queued, stored, cached; /* mails waiting, mails in mailboxes, records in the cache */
};

struct view_link {
    const char *a, *b;
    sim_time delay;
    uint64_t rate_bps;
    uint32_t loss_ppm;
    bool is_up;
};

unsigned view_hosts(const struct mxlab *m);
struct view_host view_host(const struct mxlab *m, unsigned i);
int view_host_find(const struct mxlab *m, const char *name); /* -1: none; ASCII case does not count */
unsigned view_links(const struct mxlab *m);
struct view_link view_link(const struct mxlab *m, unsigned i);

/* Everything that the host says of itself now: titled tables. The caller frees it. */
struct sheet *view_host_sheet(const struct mxlab *m, unsigned i);

#endif
