/* A row for each event: its family, whether readers follow it, and what is said of it (explain_parts.h has
 * the language of conditions and holes). The first sentence that holds is said. */
#include "export/explain_parts.h"

/* clang-format off */
const struct explain_row explain_rows[N_EVENTS] = {
    /* ---- Packets and TCP. */
    [EV_PACKET_SEND] = { FAMILY_TCP, ASIDE, { { NULL, N_("{info|flags|PROTO}[, {len} octets]") } } },
    [EV_PACKET_FORWARD] = { FAMILY_TCP, ASIDE, { { NULL, "{PROTO}" } } },
    [EV_PACKET_ARRIVE] = { FAMILY_TCP, ASIDE, { { NULL, "{PROTO}" } } },
    [EV_PACKET_DROP] = { FAMILY_FAULT, MESSAGE, {
        { "why=loss", N_("{PROTO} packet lost") },
        { NULL, N_("{PROTO} packet lost[: {why}]") } } },
    [EV_TCP_CONNECT] = { FAMILY_TCP, MESSAGE, { { NULL, N_("opens TCP to {to}") } } },
    [EV_TCP_ESTABLISHED] = { FAMILY_TCP, ASIDE, { { NULL, N_("TCP is open") } } },
    [EV_TCP_RETRANSMIT] = { FAMILY_TCP, MESSAGE, { { NULL, N_("sent again[: {why}]") } } },
    [EV_TCP_CLOSE] = { FAMILY_TCP, ASIDE, { { NULL, N_("TCP is closed") } } },
    [EV_TCP_FAIL] = { FAMILY_FAULT, MESSAGE, { { NULL, N_("TCP fails[: {why}]") } } },

    /* ---- DNS. */
    [EV_DNS_LOOKUP] = { FAMILY_DNS, ASKED, { { NULL, N_("looks up {type} {name}") } } },
    [EV_DNS_RESULT] = { FAMILY_DNS, ASKED, {
        { "count", "{name}: {answer}" },
        { "why", "{name}: {why}" },
        { "rcode=NXDOMAIN", N_("{name}: there is no such name") },
        { "rcode=NOERROR", N_("{name}: there is no {type} record of that name") },
        { NULL, "{name}: {rcode}" } } },
    [EV_DNS_QUERY] = { FAMILY_DNS, SENT, {
        { "transport=tcp", "{type} {name}? (TCP)" },
        { NULL, "{type} {name}?" } } },
    [EV_DNS_RESPONSE] = { FAMILY_DNS, SENT, {
        { "kind=referral", N_("I don't know, ask {answer}") },
        { "kind=nodata", N_("there is no {type} record of that name") },
        { "kind=nxdomain count", N_("an alias of a name that does not exist: {answer}") },
        { "kind=nxdomain", N_("no such name: {name}") },
        { "kind=truncated", N_("too long for UDP: ask by TCP") },
        { "kind=error", "{rcode}" },
        { NULL, "{answer}" } } },
    [EV_DNS_TIMEOUT] = { FAMILY_DNS, MESSAGE, {
        { "why", N_("no answer about {name}: nobody listens there") },
        { NULL, N_("no answer about {name}") } } },
    [EV_DNS_IGNORE] = { FAMILY_DNS, MESSAGE, {
        { NULL, N_("does not believe an answer about {name}[: {why}]") } } },
    [EV_DNS_CACHE_HIT] = { FAMILY_DNS, MESSAGE, {
        { "kind=nxdomain", N_("cached: no {name}, {ttl} s left") },
        { "kind=nodata", N_("cached: no {type} {name}, {ttl} s left") },
        { NULL, N_("cached: {type} {name}, {ttl} s left") } } },
    [EV_DNS_CACHE_MISS] = { FAMILY_DNS, ASIDE, { { NULL, N_("{type} {name} is not in the cache") } } },
    [EV_DNS_CACHE_STORE] = { FAMILY_DNS, ASIDE, { { NULL, N_("remembers {type} {name} for {ttl} s") } } },
    [EV_DNS_CACHE_EXPIRE] = { FAMILY_DNS, ASIDE, { { NULL, N_("forgets {type} {name}") } } },
    [EV_DNS_GIVE_UP] = { FAMILY_DNS, MESSAGE, {
        { "why=refused", N_("gives up on {name}: the server refuses to answer") },
        { NULL, N_("gives up on {name}[: {why}]") } } },

    /* ---- SMTP. */
    [EV_SMTP_COMMAND] = { FAMILY_SMTP, SENT, { { NULL, "{line}" } } },
    [EV_SMTP_REPLY] = { FAMILY_SMTP, SENT, {
        { "lines>1", N_("{line} ({lines} lines)") },
        { NULL, "{line}" } } },
    [EV_SMTP_DATA] = { FAMILY_SMTP, SENT, { { NULL, N_("the message, {size}, then a lone dot") } } },
    [EV_SMTP_STATE] = { FAMILY_SMTP, STATE, { { NULL, "{before} → {state}" } } },

    /* ---- Queues and mailboxes. */
    [EV_QUEUE_ADD] = { FAMILY_QUEUE, MESSAGE, { { NULL, N_("{queue} into the queue, for {recipients}") } } },
    [EV_QUEUE_ATTEMPT] = { FAMILY_QUEUE, ASIDE, { { NULL, N_("{queue}: try {tries} for {domain}") } } },
    [EV_QUEUE_ROUTE] = { FAMILY_QUEUE, MESSAGE, {
        { "hosts", N_("mail for {domain} goes to {hosts}") },
        { NULL, N_("there is no host to take mail for {domain}[: {why}]") } } },
    [EV_QUEUE_DEFER] = { FAMILY_QUEUE, MESSAGE, {
        { NULL, N_("{queue} waits[: {line|why}][; next try in {wait}]") } } },
    [EV_QUEUE_DONE] = { FAMILY_QUEUE, ASIDE, { { NULL, N_("{queue} is done with {recipient}") } } },
    [EV_QUEUE_BOUNCE] = { FAMILY_QUEUE, MESSAGE, {
        { NULL, N_("{queue} gives up on {recipient}[: {line|why}]") } } },
    [EV_QUEUE_WARN] = { FAMILY_QUEUE, MESSAGE, {
        { NULL, N_("{queue} is late: the sender of the mail to {recipient} is told") } } },
    [EV_MAILBOX_STORE] = { FAMILY_QUEUE, MESSAGE, { { NULL, N_("into {user}'s mailbox[: \"{subject}\"]") } } },
    [EV_MAILBOX_DELETE] = { FAMILY_QUEUE, MESSAGE, { { NULL, N_("message {uid} is removed from {user}'s {folder}") } } },

    [EV_MAILBOX_FLAGS] = { FAMILY_QUEUE, MESSAGE, {
        { "flags", N_("message {uid} in {user}'s {folder} is {flags} now") },
        { NULL, N_("message {uid} in {user}'s {folder} has no flags now") } } },
    [EV_MAILBOX_COPY] = { FAMILY_QUEUE, MESSAGE, {
        { NULL, N_("message {uid} of {user}'s {folder} is in {into} as {into_uid}") } } },
    [EV_MAILBOX_FOLDER] = { FAMILY_QUEUE, MESSAGE, {
        { "what=create", N_("{user}'s folder {folder} is made") },
        { "what=delete", N_("{user}'s folder {folder} is gone") },
        { "what=rename", N_("{user}'s folder {folder} is called {into} now") },
        { "what=subscribe", N_("{user} subscribes to {folder}") },
        { NULL, N_("{user} does not subscribe to {folder} any more") } } },

    /* ---- Reading: POP3, IMAP, HTTP. */
    [EV_AUTH_ACCEPT] = { FAMILY_ACCESS, ASIDE, { { NULL, N_("{user} is logged in ({method})") } } },
    [EV_AUTH_REFUSE] = { FAMILY_ACCESS, MESSAGE, { { NULL, N_("does not believe who says to be {user} ({method})") } } },
    [EV_POP3_COMMAND] = { FAMILY_ACCESS, SENT, { { NULL, "{line}" } } },
    [EV_POP3_REPLY] = { FAMILY_ACCESS, SENT, {
        { "lines>1", N_("{line} ({lines} lines)") },
        { NULL, "{line}" } } },
    [EV_POP3_STATE] = { FAMILY_ACCESS, STATE, { { NULL, "{before} → {state}" } } },
    [EV_IMAP_COMMAND] = { FAMILY_ACCESS, SENT, { { NULL, "{line}" } } },
    [EV_IMAP_REPLY] = { FAMILY_ACCESS, SENT, { { NULL, "{line}" } } },
    [EV_IMAP_STATE] = { FAMILY_ACCESS, STATE, { { NULL, "{before} → {state}" } } },
    [EV_HTTP_REQUEST] = { FAMILY_HTTP, SENT, { { NULL, "{line}" } } },
    [EV_HTTP_RESPONSE] = { FAMILY_HTTP, SENT, { { NULL, N_("{line}[, {len} octets of {type}]") } } },
    [EV_HTTP_STATE] = { FAMILY_HTTP, STATE, { { NULL, "{before} → {state}" } } },
    [EV_HTTP_PAGE] = { FAMILY_HTTP, MESSAGE, {
        { "count=1 connections=1", N_("the page is there, with one object, over one connection, in {took}") },
        { "count>1 connections=1", N_("the page is there, with {count} objects, over one connection, in {took}") },
        { "count>1", N_("the page is there, with {count} objects, over {connections} connections, in {took}") },
        { "count=1", N_("the page is there, with one object, over {connections} connections, in {took}") },
        { NULL, N_("the page is there, in {took}") } } },

    /* ---- People. */
    [EV_AGENT_ASK] = { FAMILY_PERSON, MESSAGE, {
        { "what=read method=pop3", N_("{user} wants to read mail, by POP3") },
        { "what=read method=imap", N_("{user} wants to read mail, by IMAP") },
        { "what=read", N_("{user} wants to read mail, in the browser") },
        { "what=make_folder", N_("{user} makes a folder: {folder}") },
        { "what=rename_folder", N_("{user} renames the folder {folder}: {into}") },
        { "what=delete_folder", N_("{user} deletes the folder {folder}") },
        { "what=move", N_("{user} moves mail from {folder} to {into}") },
        { "what=copy", N_("{user} copies mail from {folder} to {into}") },
        { "what=flag", N_("{user} marks mail in {folder}: {target}") },
        { "what=search", N_("{user} searches {folder}: {target}") },
        { "what=delete", N_("{user} deletes mail in {folder}") },
        { "what=subscribe", N_("{user} subscribes to {folder}") },
        { "what=unsubscribe", N_("{user} no longer subscribes to {folder}") },
        { "what=fetch", N_("wants {target}") },
        { "what=send", N_("{user} writes a mail in the browser") },
        { NULL, "{user}: {what} {folder}" } } },
    [EV_AGENT_CHECK] = { FAMILY_PERSON, MESSAGE, {
        { "count=1 new", N_("{user} looks into {folder}: 1 mail, new here") },
        { "count=1", N_("{user} looks into {folder}: 1 mail, not new here") },
        { "new", N_("{user} looks into {folder}: {count} mails, {new} of them new here") },
        { "count", N_("{user} looks into {folder}: {count} mails, nothing new here") },
        { NULL, N_("{user} looks into {folder}: no mail") } } },
    [EV_AGENT_READ] = { FAMILY_PERSON, MESSAGE, {
        { "what=headers", N_("{user} sees the header[ of \"{subject}\"][; {saved} need not travel][, which saves {saved_s}]") },
        { NULL, N_("{user} reads[ \"{subject}\"][ from {sender}]") } } },
    [EV_AGENT_FAIL] = { FAMILY_FAULT, MESSAGE, {
        { "method=pop3|imap", N_("{user} does not get to the mail[: {line}]") },
        { NULL, N_("[{user}: ]the page does not come[: {line}]") } } },
    [EV_AGENT_FOUND] = { FAMILY_PERSON, MESSAGE, {
        { "count=1", N_("{user} finds 1 message in {folder}: {search}") },
        { "count", N_("{user} finds {count} messages in {folder}: {search}") },
        { NULL, N_("{user} finds no message in {folder}: {search}") } } },
    [EV_AGENT_COMPOSE] = { FAMILY_PERSON, MESSAGE, {
        { NULL, N_("{sender} writes to {recipients}[: \"{subject}\"]") } } },
    [EV_MIME_ENCODE] = { FAMILY_PERSON, MESSAGE, {
        { NULL, N_("{name|type} becomes {encoding}: {size} grow to {encoded}") } } },
    [EV_MIME_DECODE] = { FAMILY_PERSON, ASIDE, {
        { NULL, N_("{name|type} is decoded from {encoding}: {encoded} become {size} again") } } },
    [EV_AGENT_SUBMIT] = { FAMILY_PERSON, ASIDE, { { NULL, N_("hands the mail to {server}") } } },
    [EV_AGENT_SENT] = { FAMILY_PERSON, ASIDE, { { NULL, N_("the mail to {recipient} is sent") } } },
    [EV_AGENT_LOST] = { FAMILY_FAULT, MESSAGE, {
        { NULL, N_("the mail to {recipient} is lost[: {line|why}]") } } },

    /* ---- Faults. "Still": another fault, or a repair, has the last word. */
    [EV_FAULT_BEGIN] = { FAMILY_FAULT, MESSAGE, {
        { "value=still?down", N_("[{who} ]is still down") },
        { "value=still?cut", N_("[{who} ]is still cut") },
        { "value=still?up", N_("[{who} ]is still up") },
        { "what=down", N_("[{who} ]goes down") },
        { "what=cut", N_("[{who}: ]the link is cut") },
        { "what=record value", N_("[{who}: ]records change: {value}") },
        { NULL, N_("[{who}: ]{what}[ {value}]") } } },
    [EV_FAULT_END] = { FAMILY_FAULT, MESSAGE, {
        { "value=still?down", N_("[{who} ]is still down") },
        { "value=still?cut", N_("[{who} ]is still cut") },
        { "value=still?up", N_("[{who} ]is still up") },
        { "what=down", N_("[{who} ]is up again") },
        { "what=cut", N_("[{who}: ]the link is mended") },
        { NULL, N_("[{who}: ]{what} as before") } } },

    /* ---- The story. */
    [EV_NOTE] = { FAMILY_STORY, ASIDE, { { NULL, "{title}" } } },
    [EV_RUN_END] = { FAMILY_STORY, ASIDE, {
        { "delivered", N_("{delivered} delivered") },
        { "queued", N_("{queued} still queued") },
        { "bounced", N_("{bounced} bounced") },
        { "warnings=1", N_("{warnings} delay warning") },
        { "warnings>1", N_("{warnings} delay warnings") },
        { "lost", N_("{lost} lost") },
        { "lookups=1", N_("{lookups} look-up") },
        { "lookups>1", N_("{lookups} look-ups") },
        { "packets=1", N_("{packets} packet") },
        { "packets>1", N_("{packets} packets") } }, true },
};
/* clang-format on */
