#include "mail/mime.h"

#include <gmime/gmime.h>

/* GMime reads every header. Where a part begins and ends is found here, for two reasons: GMime tells the
 * place of a leaf's body and not that of a multipart's, and it makes an object of each part however many
 * there are, so that two bytes of "--" could cost two kilobytes. */

enum {
    BOUNDARY_MAX = 998,           /* a line cannot be longer (RFC 5322 §2.1.1) */
    HEADER_READ_MAX = 256 * 1024, /* what follows in a header as long as that is not looked at */
};

static gpointer start_gmime(gpointer unused)
{
    (void)unused;
    g_mime_init();
    return NULL;
}

void mime_start(void)
{
    static GOnce once = G_ONCE_INIT;

    g_once(&once, start_gmime, NULL);
}

static const char *const encodings[] = {
    [MIME_7BIT] = "7bit",     [MIME_8BIT] = "8bit",
    [MIME_BINARY] = "binary", [MIME_QUOTED_PRINTABLE] = "quoted-printable",
    [MIME_BASE64] = "base64", [MIME_UNKNOWN] = "unknown",
};

const char *mime_encoding_text(enum mime_encoding e)
{
    return encodings[e];
}

/* ---- What a header says. */

static void clear_param(gpointer param)
{
    g_free(((struct mime_param *)param)->name);
    g_free(((struct mime_param *)param)->value);
}

static GArray *new_params(void)
{
    GArray *params = g_array_new(FALSE, FALSE, sizeof(struct mime_param));

    g_array_set_clear_func(params, clear_param);
    return params;
}

static GArray *take_params(GMimeParamList *list)
{
    GArray *params = new_params();

    for (int i = 0; i < g_mime_param_list_length(list); i++) {
        GMimeParam *from = g_mime_param_list_get_parameter_at(list, i);
        const char *value = g_mime_param_get_value(from);
        struct mime_param param = { g_utf8_make_valid(g_mime_param_get_name(from), -1),
                                    g_utf8_make_valid(value != NULL ? value : "", -1) };

        g_array_append_val(params, param);
    }
    return params;
}

/* The first field of that name, as it was written but on one line; NULL: none. */
static char *field_text(GMimeHeaderList *fields, const char *name)
{
    GMimeHeader *field = g_mime_header_list_get_header(fields, name);
    char *text, *to;

    if (field == NULL)
        return NULL;
    text = to = g_strdup(g_mime_header_get_raw_value(field));
    for (const char *from = text; *from != '\0'; from++)
        if (*from != '\r' && *from != '\n')
            *to++ = *from;
    *to = '\0';
    return g_strstrip(text);
}

static void on_warning(gint64 offset, GMimeParserWarning code, const gchar *item, gpointer bad)
{
    (void)offset;
    (void)item;
    if (code == GMIME_WARN_INVALID_CONTENT_TYPE)
        *(bool *)bad = true;
}

/* RFC 2045 §5.2: text/plain where there is no Content-Type or none that can be read; in a digest, a whole
 * message (RFC 2046 §5.1.5). */
static void take_type(struct mime_part *p, GMimeHeaderList *fields, bool in_digest)
{
    char *text = field_text(fields, "Content-Type");
    bool bad = text == NULL;

    if (text != NULL) {
        GMimeParserOptions *options = g_mime_parser_options_new();
        GMimeContentType *type;

        g_mime_parser_options_set_warning_callback(options, on_warning, &bad);
        type = g_mime_content_type_parse(options, text);
        if (!bad) {
            p->type = g_utf8_make_valid(g_mime_content_type_get_media_type(type), -1);
            p->subtype = g_utf8_make_valid(g_mime_content_type_get_media_subtype(type), -1);
            p->params = take_params(g_mime_content_type_get_parameters(type));
        }
        g_object_unref(type);
        g_mime_parser_options_free(options);
    }
    if (bad) {
        p->type = g_strdup(in_digest && text == NULL ? "message" : "text");
        p->subtype = g_strdup(in_digest && text == NULL ? "rfc822" : "plain");
        p->params = new_params();
    }
    g_free(text);
}

static void take_encoding(struct mime_part *p, GMimeHeaderList *fields)
{
    struct span word;

    p->encoding_text = field_text(fields, "Content-Transfer-Encoding");
    if (p->encoding_text == NULL)
        return;
    word = span_bytes(p->encoding_text, strcspn(p->encoding_text, " \t;("));
    p->encoding = MIME_UNKNOWN;
    for (enum mime_encoding e = 0; e < MIME_UNKNOWN; e++)
        if (span_is_nocase(word, span_of(encodings[e])))
            p->encoding = e;
}

static void take_disposition(struct mime_part *p, GMimeHeaderList *fields)
{
    char *text = field_text(fields, "Content-Disposition");

    if (text != NULL && text[0] != '\0' && text[0] != ';') {
        GMimeContentDisposition *d = g_mime_content_disposition_parse(NULL, text);
        const char *word = g_mime_content_disposition_get_disposition(d);

        if (word != NULL) {
            p->disposition = g_utf8_make_valid(word, -1);
            p->disposition_params = take_params(g_mime_content_disposition_get_parameters(d));
        }
        g_object_unref(d);
    }
    g_free(text);
}

/* RFC 3282 §2: tags with commas between them, and comments where they please. */
static void take_languages(struct mime_part *p, GMimeHeaderList *fields)
{
    char *text = field_text(fields, "Content-Language"), *to = text;
    unsigned depth = 0;

    if (text == NULL)
        return;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '(')
            depth++;
        else if (*from == ')' && depth > 0)
            depth--;
        else if (depth == 0)
            *to++ = *from;
    }
    *to = '\0';
    for (char *tag = text, *next; tag != NULL; tag = next) {
        next = strchr(tag, ',');
        if (next != NULL)
            *next++ = '\0';
        g_strstrip(tag);
        if (tag[0] == '\0')
            continue;
        if (p->languages == NULL)
            p->languages = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(p->languages, g_utf8_make_valid(tag, -1));
    }
    g_free(text);
}

static void take_header(struct mime_part *p, bool in_digest)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(p->header.at != NULL ? p->header.at : "",
                                                            MIN(p->header.len, (size_t)HEADER_READ_MAX));
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeObject *object = g_mime_parser_construct_part(parser, NULL);
    GMimeHeaderList *none = object == NULL ? g_mime_header_list_new(NULL) : NULL;
    GMimeHeaderList *fields = object != NULL ? g_mime_object_get_header_list(object) : none;

    take_type(p, fields, in_digest);
    take_encoding(p, fields);
    take_disposition(p, fields);
    take_languages(p, fields);
    p->id = field_text(fields, "Content-ID");
    p->description = field_text(fields, "Content-Description");
    p->md5 = field_text(fields, "Content-MD5");
    p->location = field_text(fields, "Content-Location");
    g_clear_object(&object);
    g_clear_object(&none);
    g_object_unref(parser);
    g_object_unref(stream);
}

/* ---- Where things lie. */

/* With its line end, if it has one. */
static const char *line_end(const char *at, const char *end)
{
    const char *lf = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

    return lf != NULL ? lf + 1 : end;
}

/* RFC 5322 §2.2: a name of printable characters, a colon; §4.5.8: spaces between them, long ago. */
static bool is_field(const char *at, const char *end)
{
    const char *p = at;

    while (p<end && * p> ' ' && *p <= '~' && *p != ':')
        p++;
    if (p == at)
        return false;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p < end && *p == ':';
}

/* Behind the blank line. Where a line comes that no header has, the body has begun without one. */
static const char *header_end(const char *start, const char *end)
{
    for (const char *at = start, *next; at < end; at = next) {
        next = line_end(at, end);
        if (*at == '\n' || (*at == '\r' && next - at == 2))
            return next;
        if (!is_field(at, next) && (at == start || (*at != ' ' && *at != '\t')))
            return at;
    }
    return end;
}

/* RFC 2046 §5.1.1: the boundary on a line of its own between "--" and, at the end of all, "--"; spaces may
 * follow. */
static bool is_delimiter(const char *at, const char *end, struct span boundary, bool *last_out)
{
    if ((size_t)(end - at) < boundary.len + 2 || at[0] != '-' || at[1] != '-' ||
        memcmp(at + 2, boundary.at, boundary.len) != 0)
        return false;
    at += boundary.len + 2;
    *last_out = end - at >= 2 && at[0] == '-' && at[1] == '-';
    if (*last_out)
        at += 2;
    while (at < end && g_ascii_isspace(*at))
        at++;
    return at == end;
}

/* Without the line break that belongs to the delimiter behind it. */
static const char *without_break(const char *start, const char *end)
{
    if (end > start && end[-1] == '\n')
        end--;
    if (end > start && end[-1] == '\r')
        end--;
    return end;
}

static unsigned count_lines(struct span body)
{
    unsigned n = 0;

    for (size_t i = 0; i + 1 < body.len; i++)
        n += body.at[i] == '\r' && body.at[i + 1] == '\n';
    return n;
}

struct region {
    const char *start, *end;
    const char *blank_end; /* the line break of the delimiter behind it, when it is the blank line too */
};

static struct mime_part *parse(struct region where, unsigned depth, bool in_digest, unsigned *n_parts);

static void free_part(gpointer part)
{
    struct mime_part *p = part;

    mime_free(&p);
}

static void add_part(struct mime_part *p, struct region where, unsigned depth, unsigned *n_parts)
{
    if (p->parts == NULL)
        p->parts = g_ptr_array_new_with_free_func(free_part);
    (*n_parts)++;
    g_ptr_array_add(p->parts, parse(where, depth + 1, mime_is(p, "multipart", "digest"), n_parts));
}

/* What stands before the first delimiter and behind the last is for nobody (RFC 2046 §5.1.1). Parts beyond
 * the limit are one, whatever is in it. */
static void parse_multipart(struct mime_part *p, struct region where, unsigned depth, unsigned *n_parts)
{
    const char *name = mime_param(p, "boundary"), *begun = NULL;
    struct span boundary = span_of(name);

    if (boundary.len == 0 || boundary.len > BOUNDARY_MAX)
        return;
    for (const char *at = where.start, *next; at < where.end; at = next) {
        bool last;

        next = line_end(at, where.end);
        if (!is_delimiter(at, next, boundary, &last))
            continue;
        if (begun != NULL && !last && *n_parts + 1 >= MIME_PARTS_MAX) {
            *n_parts = MIME_PARTS_MAX;
            break;
        }
        if (begun != NULL)
            add_part(p, (struct region){ begun, without_break(begun, at), at }, depth, n_parts);
        begun = last ? NULL : next;
        if (last)
            return;
    }
    if (begun != NULL)
        add_part(p, (struct region){ begun, where.end, where.blank_end }, depth, n_parts);
}

static struct mime_part *parse(struct region where, unsigned depth, bool in_digest, unsigned *n_parts)
{
    struct mime_part *p = g_new0(struct mime_part, 1);
    const char *body = header_end(where.start, where.blank_end);
    struct region within = { body, MAX(body, where.end), MAX(body, where.blank_end) };

    p->header = span_bytes(where.start, (size_t)(body - where.start));
    p->body = span_bytes(within.start, (size_t)(within.end - within.start));
    p->body_lines = count_lines(p->body);
    take_header(p, in_digest);
    if (depth >= MIME_DEPTH_MAX || *n_parts >= MIME_PARTS_MAX)
        return p;
    if (mime_is(p, "multipart", NULL))
        parse_multipart(p, within, depth, n_parts);
    else if (mime_is(p, "message", "rfc822") && p->encoding <= MIME_BINARY) /* RFC 2046 §5.2.1: no other */
        add_part(p, within, depth, n_parts);
    return p;
}

struct mime_part *mime_parse(struct span message)
{
    unsigned n_parts = 0;
    const char *start = message.at != NULL ? message.at : "";

    mime_start();
    return parse((struct region){ start, start + message.len, start + message.len }, 0, false, &n_parts);
}

void mime_free(struct mime_part **p)
{
    struct mime_part *gone = *p;

    *p = NULL;
    if (gone == NULL)
        return;
    g_clear_pointer(&gone->parts, g_ptr_array_unref);
    g_clear_pointer(&gone->params, g_array_unref);
    g_clear_pointer(&gone->disposition_params, g_array_unref);
    g_clear_pointer(&gone->languages, g_ptr_array_unref);
    g_free(gone->type);
    g_free(gone->subtype);
    g_free(gone->id);
    g_free(gone->description);
    g_free(gone->md5);
    g_free(gone->encoding_text);
    g_free(gone->disposition);
    g_free(gone->location);
    g_free(gone);
}

/* ---- Questions. */

bool mime_is(const struct mime_part *p, const char *type, const char *subtype)
{
    return g_ascii_strcasecmp(p->type, type) == 0 &&
           (subtype == NULL || g_ascii_strcasecmp(p->subtype, subtype) == 0);
}

static const char *find_param(const GArray *params, const char *name)
{
    for (guint i = 0; params != NULL && i < params->len; i++) {
        const struct mime_param *param = &g_array_index(params, struct mime_param, i);

        if (g_ascii_strcasecmp(param->name, name) == 0)
            return param->value;
    }
    return NULL;
}

const char *mime_param(const struct mime_part *p, const char *name)
{
    return find_param(p->params, name);
}

const char *mime_filename(const struct mime_part *p)
{
    const char *name = find_param(p->disposition_params, "filename");

    return name != NULL ? name : find_param(p->params, "name");
}

static bool is_attachment(const struct mime_part *p)
{
    return p->disposition != NULL && g_ascii_strcasecmp(p->disposition, "inline") != 0;
}

/* A message within is not for reading first: somebody forwarded it. */
static const struct mime_part *find_text(const struct mime_part *p, const char *subtype)
{
    if (is_attachment(p))
        return NULL;
    if (mime_is(p, "text", subtype))
        return p;
    if (p->parts == NULL || !mime_is(p, "multipart", NULL))
        return NULL;
    for (guint i = 0; i < p->parts->len; i++) {
        const struct mime_part *found = find_text(g_ptr_array_index(p->parts, i), subtype);

        if (found != NULL)
            return found;
    }
    return NULL;
}

const struct mime_part *mime_text_part(const struct mime_part *root)
{
    const struct mime_part *plain = find_text(root, "plain");

    return plain != NULL ? plain : find_text(root, NULL);
}
