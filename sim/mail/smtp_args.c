#include "mail/smtp_args.h"

const char smtp_mail_usage[] = "MAIL FROM:<sender> [SIZE=octets]";
const char smtp_rcpt_usage[] = "RCPT TO:<recipient>";

static const struct smtp_fault none;

static struct smtp_fault bad_syntax(const char *usage)
{
    return (struct smtp_fault){ 501, "5.5.4 Syntax: ", span_of(usage) };
}

/* The keyword and the path off `args`. §3.3 allows no space behind the colon, but textbooks and people's
 * fingers put one there, and servers bear with it; so do we. What follows the path must be parted from it. */
static struct smtp_fault take_path(struct span *args, struct span keyword, const char *usage,
                                   const char *text, struct mail_addr *out)
{
    const char *wrong;

    if (!span_starts_nocase(*args, keyword))
        return bad_syntax(usage);
    *args = span_trim(span_bytes(args->at + keyword.len, args->len - keyword.len));
    if (args->len == 0)
        return bad_syntax(usage);
    wrong = mail_path_take(args, out);
    if (wrong != NULL)
        return (struct smtp_fault){ 501, text, span_of(wrong) };
    if (args->len > 0 && args->at[0] != ' ')
        return bad_syntax(usage);
    *args = span_trim(*args);
    return none;
}

/* size-value = 1*20DIGIT. Twenty digits may be more than 64 bits hold: too big for anybody. */
static bool read_size(struct span text, uint64_t *out)
{
    if (text.len == 0 || text.len > 20)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    if (!span_number(text, UINT64_MAX, out))
        *out = UINT64_MAX;
    return true;
}

static struct smtp_fault unknown(struct span param, bool esmtp)
{
    if (!esmtp)
        return (struct smtp_fault){ 555, "5.5.4 Parameters need EHLO", { NULL, 0 } };
    return (struct smtp_fault){ 555, "5.5.4 Parameter not known: ", param };
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* "<>" or xtext (RFC 4954 §8, RFC 3461 §4): printable, but + and =, which are + and two digits. */
static bool is_identity(struct span text)
{
    if (span_is(text, SPAN("<>")))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= ' ' || text.at[i] > '~' || text.at[i] == '=')
            return false;
        if (text.at[i] == '+' && (text.len - i < 3 || !is_hex(text.at[i + 1]) || !is_hex(text.at[i + 2])))
            return false;
    }
    return text.len > 0;
}

struct smtp_fault smtp_mail_args(struct span args, bool esmtp, bool auth, struct mail_addr *sender_out,
                                 uint64_t *size_out)
{
    static const char text[] = "5.1.7 Bad sender address: ";
    struct smtp_fault fault = take_path(&args, SPAN("FROM:"), smtp_mail_usage, text, sender_out);
    bool sized = false, identified = false;

    *size_out = 0;
    if (fault.code != 0)
        return fault;
    if (sender_out->text.len > 0 && sender_out->domain.len == 0) /* a bare <postmaster> can only receive */
        return (struct smtp_fault){ 501, text, SPAN("no @ and domain") };
    while (args.len > 0) {
        struct span param = span_take_word(&args);

        if (esmtp && auth && span_starts_nocase(param, SPAN("AUTH="))) {
            if (identified || !is_identity(span_bytes(param.at + 5, param.len - 5)))
                return bad_syntax(smtp_mail_usage);
            identified = true;
            continue;
        }
        if (!esmtp || !span_starts_nocase(param, SPAN("SIZE=")))
            return unknown(param, esmtp);
        if (sized || !read_size(span_bytes(param.at + 5, param.len - 5), size_out))
            return bad_syntax(smtp_mail_usage);
        sized = true;
    }
    return none;
}

struct smtp_fault smtp_rcpt_args(struct span args, bool esmtp, struct mail_addr *recipient_out)
{
    static const char text[] = "5.1.3 Bad recipient address: ";
    struct smtp_fault fault = take_path(&args, SPAN("TO:"), smtp_rcpt_usage, text, recipient_out);

    if (fault.code != 0)
        return fault;
    if (recipient_out->text.len == 0)
        return (struct smtp_fault){ 501, text, SPAN("<> can only send") };
    return args.len > 0 ? unknown(span_take_word(&args), esmtp) : none;
}
