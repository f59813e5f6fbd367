#include "mail/server_internal.h"

/* A table is for people: of many or long messages it has the first. */
enum { LETTERS_SHOWN = 10, LINES_SHOWN = 80 };

static void describe_queue(const struct mail_server *s, struct sheet *sheet)
{
    const struct mail_queue *q = mail_deliver_queue(s->deliver);
    struct table *t = sheet_table(sheet, "queue", "Message queue", "No mail is waiting.");

    table_column(t, CELL_TEXT, "id", "id", "The entry's name on this server.");
    table_column(t, CELL_TEXT, "mail", "mail", "The message's name in the trace.");
    table_column(t, CELL_TEXT, "to", "to", NULL);
    table_column(t, CELL_TEXT, "sender", "sender", "Who is told if it cannot be delivered; <> is nobody.");
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_NUMBER, "size", "octets", NULL);
    table_column(t, CELL_TEXT, "last_result", "last result", "What the last attempt came to.");
    table_column(t, CELL_NUMBER, "tries", "tries", "Attempts so far.");
    table_column(t, CELL_TIME, "next_attempt", "next attempt", "When it will be tried again.");
    table_column(t, CELL_NUMBER, "interval", "then after",
                 "Seconds from that attempt to the one after it, if it fails too.");
    table_column(t, CELL_TIME, "gives_up", "gives up",
                 "The last try: if it fails, the message goes back to its sender (RFC 5321 §4.5.4.1).");
    table_column(t, CELL_TIME, "since", "since", "When it came in.");
    for (const struct mail_queue_entry *e = NULL; (e = mail_queue_each(q, e)) != NULL;) {
        for (unsigned i = 0; i < e->n_rcpts; i++) {
            const struct mail_queue_rcpt *to = &e->rcpts[i];

            if (to->state == MAIL_RCPT_DONE || !table_row(t))
                continue;
            struct span subject = mail_message_field(e->message, "Subject");
            table_text(t, "Q%u", (unsigned)e->id);
            table_text(t, "m%u", (unsigned)e->message->mail);
            table_text(t, "%s", to->address);
            table_text(t, "%s", e->sender[0] != '\0' ? e->sender : "<>");
            table_text(t, "%.*s", (int)subject.len, subject.at != NULL ? subject.at : "");
            table_number(t, (int64_t)e->message->data.len);
            table_text(t, "%s",
                       e->state != MAIL_ENTRY_WAITING ? "being tried"
                       : to->line != NULL             ? to->line
                                                      : "");
            table_number(t, e->tries);
            table_time(t, e->state == MAIL_ENTRY_WAITING ? e->next : sim_now(s->sim));
            table_number(t, mail_queue_interval(q, e) / SIM_SECOND);
            table_time(t, mail_queue_gives_up_at(q, e));
            table_time(t, e->arrived);
        }
    }
}

/* ---- Mailboxes. */

/* The next folder of a box, from *at on; NULL: no more. A name that only has others below it is none. */
static const struct mail_folder *next_folder(const struct mail_box *box, unsigned *at)
{
    while (*at < box->folders->len) {
        const struct mail_folder *f = box->folders->pdata[(*at)++];

        if (!f->no_select)
            return f;
    }
    return NULL;
}

static unsigned count_messages(const struct mail_box *box)
{
    const struct mail_folder *f;
    unsigned n = 0;

    for (unsigned at = 0; (f = next_folder(box, &at)) != NULL;)
        n += f->n;
    return n;
}

static unsigned count_unseen(const struct mail_folder *f)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->n; i++)
        n += !(f->messages[i].flags & MAIL_SEEN);
    return n;
}

/* Its owner has done more than to receive: made a folder, or marked a message, if only by reading it. */
static bool is_kept_in_order(const struct mail_box *box)
{
    for (unsigned i = 0; i < box->inbox->n; i++)
        if (box->inbox->messages[i].flags != 0)
            return true;
    return box->folders->len > 1;
}

static void describe_mailboxes(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "mailboxes", "Mailboxes", "There are no users.");

    table_column(t, CELL_TEXT, "user", "user", NULL);
    table_column(t, CELL_NUMBER, "messages", "messages", "In all folders.");
    table_column(t, CELL_NUMBER, "octets", "octets", NULL);
    table_column(t, CELL_NUMBER, "quota", "quota", "Octets that it may hold; 0: any number.");
    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];

        if (box->implied && box->stored == 0)
            continue;
        table_row(t);
        table_text(t, "%s", box->user);
        table_number(t, count_messages(box));
        table_number(t, (int64_t)box->used);
        table_number(t, (int64_t)box->quota);
    }
}

static void add_folders_of(struct table *t, const struct mail_box *box)
{
    const struct mail_folder *f;

    for (unsigned at = 0; (f = next_folder(box, &at)) != NULL;) {
        table_row(t);
        table_text(t, "%s", box->user);
        table_text(t, "%s", f->name);
        table_number(t, f->n);
        table_number(t, count_unseen(f));
        table_number(t, f->uidvalidity);
        table_number(t, f->uid_next);
    }
}

/* Only of boxes that have something to show; where none has, it would only be in the way. */
static void describe_folders(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = NULL;

    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];

        if (!is_kept_in_order(box))
            continue;
        if (t == NULL) {
            t = sheet_table(sheet, "folders", "Folders", "");
            table_column(t, CELL_TEXT, "user", "user", "Whose mailbox it is in.");
            table_column(t, CELL_TEXT, "folder", "folder", NULL);
            table_column(t, CELL_NUMBER, "messages", "messages", NULL);
            table_column(t, CELL_NUMBER, "unseen", "unseen", "Messages without the flag \\Seen.");
            table_column(t, CELL_NUMBER, "uidvalidity", "uidvalidity",
                         "Another one tells programs to forget the uids that they know.");
            table_column(t, CELL_NUMBER, "uid_next", "next uid", "What the next message gets.");
        }
        add_folders_of(t, box);
    }
}

static void add_message(struct table *t, const struct mail_folder *f, const struct mail_stored *m)
{
    struct span from = mail_message_field(m->message, "From");
    struct span subject = mail_message_field(m->message, "Subject");
    GString *flags;

    if (!table_row(t))
        return;
    flags = g_string_new(NULL);
    mail_flags_text(f, m->flags, flags);
    table_text(t, "%s", f->box->user);
    table_text(t, "%s", f->name);
    table_number(t, m->uid);
    table_text(t, "m%u", (unsigned)m->message->mail);
    table_text(t, "%.*s", (int)from.len, from.at != NULL ? from.at : "");
    table_text(t, "%.*s", (int)subject.len, subject.at != NULL ? subject.at : "");
    table_time(t, m->received);
    table_number(t, (int64_t)m->message->data.len);
    table_text(t, "%s", flags->str);
    g_string_free(flags, TRUE);
}

static void describe_messages(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "messages", "Messages in the mailboxes", "All mailboxes are empty.");

    table_column(t, CELL_TEXT, "user", "user", "Whose mailbox it is in.");
    table_column(t, CELL_TEXT, "folder", "folder", "The folder of that mailbox.");
    table_column(t, CELL_NUMBER, "uid", "uid", "Its number in the folder, never used again.");
    table_column(t, CELL_TEXT, "mail", "mail", "Its name in the trace.");
    table_column(t, CELL_TEXT, "from", "from", NULL);
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_TIME, "received", "received", NULL);
    table_column(t, CELL_NUMBER, "size", "octets", NULL);
    table_column(t, CELL_TEXT, "flags", "flags", "What its reader, or his program, has marked it with.");
    table_newest(t, mail_server_stored(s, NULL));
    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];
        const struct mail_folder *f;

        for (unsigned at = 0; (f = next_folder(box, &at)) != NULL;)
            for (unsigned j = 0; j < f->n; j++)
                add_message(t, f, &f->messages[j]);
    }
}

/* What a reader would see of a message: its lines, the first of them if it is long. */
static void describe_lines(struct table *t, const struct mail_folder *f, const struct mail_stored *m)
{
    struct span rest = m->message->data;

    for (unsigned n = 0; rest.len > 0 && n < LINES_SHOWN; n++) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.at) + 1 : rest.len;
        size_t text = len;

        while (text > 0 && (rest.at[text - 1] == '\n' || rest.at[text - 1] == '\r'))
            text--;
        table_row(t);
        table_text(t, "%s", f->box->user);
        table_text(t, "%s", f->name);
        table_number(t, m->uid);
        table_text(t, "%.*s", (int)text, rest.at);
        rest = span_bytes(rest.at + len, rest.len - len);
    }
}

static void describe_letters(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "lines", "What the messages say", "There is nothing to read.");
    unsigned shown = 0;

    table_column(t, CELL_TEXT, "user", "user", "Whose mailbox the message is in.");
    table_column(t, CELL_TEXT, "folder", "folder", "The folder of that mailbox.");
    table_column(t, CELL_NUMBER, "uid", "uid", "The message's number in the folder.");
    table_column(t, CELL_TEXT, "line", "line", "As it is stored: header lines, a blank line, the body.");
    for (guint i = 0; i < s->local.boxes.all->len; i++) {
        const struct mail_box *box = s->local.boxes.all->pdata[i];
        const struct mail_folder *f;

        for (unsigned at = 0; (f = next_folder(box, &at)) != NULL;)
            for (unsigned j = 0; j < f->n && shown < LETTERS_SHOWN; j++, shown++)
                describe_lines(t, f, &f->messages[j]);
    }
}

static void describe_sessions(const struct mail_server *s, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "sessions", "SMTP sessions", "Nobody is connected.");
    const struct mail_session *first = s->sessions;

    table_column(t, CELL_TEXT, "peer", "peer", NULL);
    table_column(t, CELL_TEXT, "role", "role",
                 "What this server is in it: it sends as a client, it receives as a server.");
    table_column(t, CELL_TEXT, "state", "state", NULL);
    table_column(t, CELL_TEXT, "mail", "mail", "The message that it is about.");
    if (s->spec.submission)
        table_column(t, CELL_TEXT, "user", "user", "Who has logged in.");
    while (first != NULL && first->next != NULL)
        first = first->next;
    for (const struct mail_session *x = first; x != NULL; x = x->prev) {
        table_row(t);
        table_text(t, "%s", tcp_peer_name(x->conn));
        table_text(t, "server");
        table_text(t, "%s", smtp_server_state_text(smtp_server_state(x->smtp)));
        if (tcp_mail(x->conn) != 0)
            table_text(t, "m%u", (unsigned)tcp_mail(x->conn));
        else
            table_text(t, "%s", "");
        if (s->spec.submission)
            table_text(t, "%s", x->user != NULL ? x->user->user : "");
    }
    mail_deliver_describe(s->deliver, t);
}

void mail_server_describe(void *self, struct sheet *sheet)
{
    const struct mail_server *s = self;

    describe_queue(s, sheet);
    describe_mailboxes(s, sheet);
    describe_folders(s, sheet);
    describe_messages(s, sheet);
    describe_letters(s, sheet);
    describe_sessions(s, sheet);
}
