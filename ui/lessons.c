/* What scenarios say that they teach, in words. */
#include "overlay.h"

#include <string.h>

#include "words.h"

static const struct {
    const char *id, *text;
} lessons[] = {
    { "M1", N_("Programs, servers and SMTP: writer and reader are never online together") },
    { "M2", N_("What a mail program does, and what stays on the server") },
    { "M3", N_("A server has mailboxes for what comes in and a queue for what goes out") },
    { "M4", N_("A server is an SMTP client when it sends, a server when it receives") },
    { "M5", N_("Logging in before reading a mailbox") },
    { "M6", N_("The six steps of a mail from writer to reader") },
    { "M7", N_("Mail goes straight from the sender’s server to the receiver’s") },
    { "M8", N_("Why a mail program needs a server of its own") },
    { "M9", N_("Receiver down: the queue waits, tries again, and gives up after days") },
    { "S1", N_("SMTP’s three phases: handshake, transfer, closure") },
    { "S2", N_("Commands are text; replies are a code and a phrase") },
    { "S3", N_("Several messages over one connection") },
    { "S4", N_("A lone dot ends the message") },
    { "S5", N_("Seven-bit text: other bytes are encoded and grow") },
    { "S6", N_("SMTP pushes, HTTP pulls") },
    { "S7", N_("TCP repairs a lost packet; the queue waits for a lost server") },
    { "F1", N_("Header, blank line, body; the envelope is something else") },
    { "F2", N_("MIME and base64") },
    { "F3", N_("quoted-printable") },
    { "F4", N_("Text and attachments in one message") },
    { "R1", N_("Sending pushes, reading pulls: so there are access protocols") },
    { "R2", N_("POP3: its phases, and what it forgets") },
    { "R3", N_("IMAP: folders and state on the server") },
    { "R4", N_("Mail in a browser: HTTP at both ends, SMTP between") },
    { "D1", N_("Names for people, addresses for routers") },
    { "D2", N_("Aliases, mail servers, several addresses for one name") },
    { "D3", N_("Why there is not one central DNS server") },
    { "D4", N_("How big DNS is, and who runs it") },
    { "D5", N_("The hierarchy: root, top-level domain, authoritative server") },
    { "D6", N_("What root, TLD and authoritative servers know") },
    { "D7", N_("The local DNS server, asked first") },
    { "D8", N_("Iterated and recursive queries") },
    { "D9", N_("Caching, and how long an answer lives") },
    { "D10", N_("Records: A, NS, CNAME, MX") },
    { "D11", N_("How a new domain gets into DNS") },
    { "D12", N_("DNSSEC: answers that can be checked") },
    { "B1", N_("Sending mail uses DNS: first MX, then A, then SMTP") },
    { "B2", N_("How many round trips a mail costs") },
};

const char *lesson_text(const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lessons); i++)
        if (strcmp(lessons[i].id, id) == 0)
            return _(lessons[i].text);
    return NULL;
}
