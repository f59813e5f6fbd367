/* What people do with their mail once it has arrived, and in their browsers. */
#include "scenario/act_internal.h"

static const struct scenario_agent *agent_of(const struct act *a)
{
    return g_ptr_array_index(a->host->spec->agents, a->program);
}

static enum scenario_by way_of(const struct act *a)
{
    const struct scenario_action *s = a->spec;

    if (shape_find(s->node.shape, "by") >= 0 && scenario_has(&s->node, "by"))
        return (enum scenario_by)s->by;
    if (s->what == DO_READ || ((s->what == DO_MOVE || s->what == DO_DELETE) && agent_of(a)->reads == BY_WEB))
        return (enum scenario_by)agent_of(a)->reads;
    return BY_IMAP;
}

static enum mail_errand_kind kind_of(enum scenario_do what)
{
    switch ((int)what) {
    case DO_MAKE_FOLDER:
        return MAIL_MAKE_FOLDER;
    case DO_RENAME_FOLDER:
        return MAIL_RENAME_FOLDER;
    case DO_DELETE_FOLDER:
        return MAIL_DELETE_FOLDER;
    case DO_SUBSCRIBE:
        return MAIL_SUBSCRIBE;
    case DO_UNSUBSCRIBE:
        return MAIL_UNSUBSCRIBE;
    case DO_MOVE:
        return MAIL_MOVE;
    case DO_COPY:
        return MAIL_COPY;
    case DO_FLAG:
        return MAIL_FLAG;
    case DO_SEARCH:
        return MAIL_SEARCH;
    case DO_DELETE:
        return MAIL_DELETE;
    default:
        return MAIL_READ;
    }
}

/* What is before the @: whom the server knows. To be freed. */
static char *user_of(const char *address)
{
    return g_strndup(address, strcspn(address, "@"));
}

static void go_to_web_mail(struct act *a)
{
    const struct scenario_action *s = a->spec;
    const struct scenario_agent *agent = agent_of(a);
    char *user = user_of(agent->address);
    struct browser_webmail w = {
        .kind = s->what == DO_SEND     ? WEBMAIL_SEND
                : s->what == DO_MOVE   ? WEBMAIL_MOVE
                : s->what == DO_DELETE ? WEBMAIL_DELETE
                                       : WEBMAIL_READ,
        .server = agent->server,
        .user = user,
        .password = s->password != NULL ? s->password : agent->password,
        .folder = s->folder,
        .subject = s->what == DO_SEND ? s->subject : s->which,
        .to = s->into,
        .text = s->text,
    };
    GString *to = g_string_new(NULL);

    for (unsigned i = 0; i < act_count(s->to); i++)
        g_string_append_printf(to, "%s%s", i > 0 ? ", " : "", act_item(s->to, i));
    if (s->what == DO_SEND)
        w.to = to->str;
    if (a->host->browser != NULL)
        browser_webmail(a->host->browser, &w);
    g_string_free(to, TRUE);
    g_free(user);
}

void act_read(struct act *a)
{
    const struct scenario_action *s = a->spec;
    struct mail_reader *reader;

    if (a->host == NULL)
        return;
    reader = g_ptr_array_index(a->host->readers, a->program);
    if (s->what == DO_SEND || way_of(a) == BY_WEB) {
        go_to_web_mail(a);
        return;
    }
    if (reader != NULL)
        mail_reader_do(reader, &(struct mail_errand){
                                   .kind = kind_of((enum scenario_do)s->what),
                                   .by = way_of(a) == BY_POP3 ? MAIL_BY_POP3 : MAIL_BY_IMAP,
                                   .folder = s->folder,
                                   .to = s->into,
                                   .which = s->which,
                                   .flags = s->flags,
                                   .off = s->off,
                                   .headers = s->headers,
                                   .remove = s->then == 1,
                                   .leave_unread = s->leave_unread,
                                   .stay = s->stay,
                                   .password = s->password,
                                   .hang_up = s->hang_up,
                               });
}

void act_fetch(struct act *a)
{
    static const char *const methods[] = { "GET", "HEAD", "POST" };
    const struct scenario_action *s = a->spec;

    if (a->host->browser != NULL)
        browser_fetch(a->host->browser, &(struct browser_page){
                                            .url = s->url,
                                            .with_objects = s->objects,
                                            .persistent = s->persistent,
                                            .connections = (unsigned)s->connections,
                                            .method = methods[s->method],
                                            .form = s->form,
                                        });
}

void act_find_reader(struct act *a, const char *address)
{
    a->host = world_program_find(a->stage->w, address, a->spec->host, &a->program);
}
