/* export/dissect.h: known packets field by field; every octet of any packet in a field, none in two that
 * differ. */
#include "scenario_help.h"

#include "core/rng.h"
#include "export/dissect.h"
#include "net/wire.h"
#include "view.h"

/* ---- What holds of any bytes. */

static void check_cover(const char *name, const struct dissection *d, size_t len)
{
    size_t at = 0, begin = 0;

    for (unsigned i = 0; i < d->fields->len; i++) {
        const struct dissect_field *f = &g_array_index(d->fields, struct dissect_field, i);
        bool shares = i > 0 && f->offset == begin && f->offset + f->length == at;
        if (f->length == 0 || (!shares && f->offset != at) || f->layer < 0 ||
            (unsigned)f->layer >= d->n_layers || f->name == NULL || f->value == NULL ||
            !g_utf8_validate(f->value, -1, NULL) || strchr(f->value, '\n'))
            fail_msg("%s: field %u, %s = \"%s\" at %zu+%zu, expected at %zu", name, i, f->name, f->value,
                     f->offset, f->length, at);
        begin = f->offset;
        at = f->offset + f->length;
    }
    if (at != len)
        fail_msg("%s: %zu of %zu octets are in fields", name, at, len);
}

/* ---- Known packets. */

struct known {
    const char *name;
    struct packet head;
    const char *payload;
    size_t len;
    const char
        *fields; /* a line each: layer.name=value@offset+length, those above IPv4 and its friends only */
};

static char *dump(const struct dissection *d, size_t from)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < d->fields->len; i++) {
        const struct dissect_field *f = &g_array_index(d->fields, struct dissect_field, i);
        if (f->offset >= from)
            g_string_append_printf(out, "%s.%s=%s@%zu+%zu\n", d->layers[f->layer], f->name, f->value,
                                   f->offset, f->length);
    }
    return g_string_free(out, FALSE);
}

static size_t encoded(const struct packet *head, const char *payload, size_t len, uint8_t *out, size_t size)
{
    struct packet *p = g_malloc0(sizeof *p + len);

    *p = *head;
    p->len = (uint16_t)len;
    memcpy(p->payload, payload, len);
    size_t n = wire_encode(p, out, size);
    g_free(p);
    return n;
}

#define TCP_TO(port)                                                                                         \
    {                                                                                                        \
        .src = 0x0a01000a, .dst = 0x0a010019, .src_port = 55003, .dst_port = port, .proto = IP_TCP,          \
        .ttl = 64, .tcp_flags = TCP_PSH | TCP_ACK, .tcp_seq = 7, .tcp_ack = 9, .tcp_window = 65535           \
    }
#define TCP_FROM(port)                                                                                       \
    {                                                                                                        \
        .src = 0x0a010019, .dst = 0x0a01000a, .src_port = port, .dst_port = 55003, .proto = IP_TCP,          \
        .ttl = 64, .tcp_flags = TCP_PSH | TCP_ACK, .tcp_seq = 7, .tcp_ack = 9, .tcp_window = 65535           \
    }
#define UDP_TO(port)                                                                                         \
    {                                                                                                        \
        .src = 0x0a01000a, .dst = 0x0a010035, .src_port = 50000, .dst_port = port, .proto = IP_UDP,          \
        .ttl = 64                                                                                            \
    }
#define BYTES(text) text, sizeof(text) - 1

#define DNS_QUERY                                                                                            \
    "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"                                                       \
    "\x03www\x03"                                                                                            \
    "edu\x00"                                                                                                \
    "\x00\x01\x00\x01"
#define DNS_ANSWER                                                                                                     \
    "\x12\x34\x85\x80\x00\x01\x00\x02\x00\x01\x00\x01"                                                                 \
    "\x03www\x03"                                                                                                      \
    "edu\x00\x00\x0f\x00\x01" /* 28: question, www.edu MX */                                                           \
    "\xc0\x0c\x00\x0f\x00\x01\x00\x00\x01\x2c\x00\x09\x00\x0a\x04mail\xc0\x10"                                         \
    "\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c\x00\x03\x02hi"                                                           \
    "\xc0\x10\x00\x06\x00\x01\x00\x00\x00\x05\x00\x18\xc0\x0c\xc0\x10\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03" \
    "\x00\x00\x00\x04\x00\x00\x00\x05"                                                                                 \
    "\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"
#define HEADER_QUERY                                                                                         \
    "DNS.ID=4660@28+2\nDNS.QR=0@30+1\nDNS.Opcode=0@30+1\nDNS.AA=0@30+1\nDNS.TC=0@30+1\nDNS.RD=1@30+1\n"      \
    "DNS.RA=0@31+1\nDNS.Z=0@31+1\nDNS.AD=0@31+1\nDNS.CD=0@31+1\nDNS.Response code=NOERROR (0)@31+1\n"

static const struct known knowns[] = {
    { "a command", TCP_TO(25), BYTES("MAIL FROM:<a@b> SIZE=1\r\n"),
      "SMTP.Command=MAIL@40+4\nSMTP.Argument=FROM:<a@b> SIZE=1@44+20\n" },
    { "several commands", TCP_TO(587), BYTES("rset\r\nNOOP \r\nQUIT\n"),
      "SMTP.Command=rset@40+6\nSMTP.Command=NOOP@46+7\nSMTP.Command=QUIT@53+5\n" },
    { "half a command", TCP_TO(25), BYTES("EHLO mail"), "SMTP.Command=EHLO@40+4\nSMTP.Argument=mail@44+5\n" },
    { "a reply", TCP_FROM(25), BYTES("250 2.1.0 OK\r\n"),
      "SMTP.Code=250@40+4\nSMTP.Status=2.1.0@44+5\nSMTP.Text=OK@49+5\n" },
    { "a bare reply", TCP_FROM(25), BYTES("250\r\n"), "SMTP.Code=250@40+5\n" },
    { "status only", TCP_FROM(25), BYTES("250 2.1.0\r\n"), "SMTP.Code=250@40+4\nSMTP.Status=2.1.0@44+7\n" },
    { "a reply of two lines", TCP_FROM(25), BYTES("250-mail greets\r\n250 SIZE\r\n"),
      "SMTP.Code=250@40+4\nSMTP.Text=mail greets@44+13\nSMTP.Code=250@57+4\nSMTP.Extension=SIZE@61+6\n" },
    { "no reply", TCP_FROM(25), BYTES("+OK 1.2\r\n"), "SMTP.Line=+OK 1.2@40+9\n" },
    { "a message", TCP_TO(25), BYTES("Subject: a\r\n b\r\nX-Y: z\r\n\r\nHi\r\n..\r\n.\r\nQUIT\r\n"),
      "Message.Subject=a   b@40+16\nMessage.Header field=X-Y: z@56+8\nMessage.Blank line=@64+2\nMessage.Line=Hi@66+4\n"
      "Message.Line=..@70+4\nSMTP.End of data=.@74+3\nSMTP.Command=QUIT@77+6\n" },
    { "the middle of a message", TCP_TO(25), BYTES("and so on\r\n\r\n\xff\x01"),
      "Message.Line=and so on@40+11\nMessage.Line=@51+2\nMessage.Line=\xef\xbf\xbd @53+2\n" },
    { "AUTH with its answer", TCP_TO(587), BYTES("AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"),
      "SMTP.Command=AUTH@40+4\n"
      "SMTP.Argument=PLAIN@44+6\n"
      "SMTP.First answer=AGFsaWNlAHNlY3JldA== → ␀alice␀secret@50+23\n" },
    { "an answer alone", TCP_TO(587), BYTES("AGFsaWNlAHNlY3JldA==\r\n"),
      "SMTP.Answer=AGFsaWNlAHNlY3JldA== → ␀alice␀secret@40+22\n" },
    { "an answer given up", TCP_TO(587), BYTES("*\r\n"), "SMTP.Answer=*@40+3\n" },
    { "a letter that might be an answer", TCP_TO(587), BYTES("abcd\r\n"), "Message.Line=abcd@40+6\n" },
    { "a challenge", TCP_FROM(587),
      BYTES("334 VXNlcm5hbWU6\r\n"
            "235 2.7.0 OK\r\n"),
      "SMTP.Code=334@40+4\n"
      "SMTP.Challenge=VXNlcm5hbWU6 → Username:@44+14\n"
      "SMTP.Code=235@58+4\n"
      "SMTP.Status=2.7.0@62+5\n"
      "SMTP.Text=OK@67+5\n" },
    { "an empty challenge", TCP_FROM(587), BYTES("334 \r\n"), "SMTP.Code=334@40+6\n" },
    { "a letter that begins like a command", TCP_TO(25),
      BYTES("Mail from me\r\n"
            "is rare.\r\n"),
      "Message.Line=Mail from me@40+14\n"
      "Message.Line=is rare.@54+10\n" },
    { "a group of commands", TCP_TO(25),
      BYTES("RCPT TO:<c@d>\r\n"
            "DATA\r\n"),
      "SMTP.Command=RCPT@40+4\n"
      "SMTP.Argument=TO:<c@d>@44+11\n"
      "SMTP.Command=DATA@55+6\n" },
    { "parts of a message", TCP_TO(25),
      BYTES("Subject: =?UTF-8?B?7JWg66as7Iqk?=\r\n"
            "Content-Type: multipart/mixed;\r\n"
            " boundary=\"=-x\"\r\n"
            "\r\n"
            "Pre\r\n"
            "--=-x\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n"
            "\r\n"
            "Gr=C3=BC=C3=9Fe=\r\n"
            "..\r\n"
            "plain\r\n"
            "--=-x\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "\r\n"
            "iVBORw0KGgo=\r\n"
            "--=-x--\r\n"
            ".\r\n"),
      "Message.Subject==?UTF-8?B?7JWg66as7Iqk?= → 애리스@40+35\n"
      "Message.Content-Type=multipart/mixed;   boundary=\"=-x\"@75+49\n"
      "Message.Blank line=@124+2\n"
      "Message.Line=Pre@126+5\n"
      "MIME part.Boundary=--=-x@131+7\n"
      "MIME part.Content-Type=text/plain; charset=utf-8@138+41\n"
      "MIME part.Content-Transfer-Encoding=quoted-printable@179+45\n"
      "MIME part.Blank line=@224+2\n"
      "MIME part.quoted-printable=Gr=C3=BC=C3=9Fe= → Grüße@226+18\n"
      "MIME part.Line=..@244+4\n"
      "MIME part.Line=plain@248+7\n"
      "MIME part.Boundary=--=-x@255+7\n"
      "MIME part.Content-Transfer-Encoding=base64@262+35\n"
      "MIME part.Blank line=@297+2\n"
      "MIME part.base64=iVBORw0KGgo= → 8 octets: 89 50 4e 47 0d 0a 1a 0a@299+14\n"
      "MIME part.Last boundary=--=-x--@313+9\n"
      "SMTP.End of data=.@322+3\n" },
    { "a message within a message", TCP_TO(25),
      BYTES("Content-Type: multipart/report; boundary=a\r\n"
            "\r\n"
            "--a\r\n"
            "Content-Type: message/delivery-status\r\n"
            "\r\n"
            "Reporting-MTA: dns; x\r\n"
            "\r\n"
            "Action: failed\r\n"
            "\r\n"
            "--a\r\n"
            "Content-Type: message/rfc822\r\n"
            "\r\n"
            "Subject: old\r\n"
            "\r\n"
            "x\r\n"
            "--a--\r\n"
            ".\r\n"),
      "Message.Content-Type=multipart/report; boundary=a@40+44\n"
      "Message.Blank line=@84+2\n"
      "MIME part.Boundary=--a@86+5\n"
      "MIME part.Content-Type=message/delivery-status@91+39\n"
      "MIME part.Blank line=@130+2\n"
      "MIME part.Reporting-MTA=dns; x@132+23\n"
      "MIME part.Line=@155+2\n"
      "MIME part.Action=failed@157+16\n"
      "MIME part.Line=@173+2\n"
      "MIME part.Boundary=--a@175+5\n"
      "MIME part.Content-Type=message/rfc822@180+30\n"
      "MIME part.Blank line=@210+2\n"
      "Message.Subject=old@212+14\n"
      "Message.Blank line=@226+2\n"
      "Message.Line=x@228+3\n"
      "MIME part.Last boundary=--a--@231+7\n"
      "SMTP.End of data=.@238+3\n" },
    { "the middle of base64", TCP_TO(25),
      BYTES("8sIHdvcmxkISBIZWxsbywgd29ybGQh\r\n"
            "ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISEh\r\n"
            "SGVs\r\n"
            "--=_1--\r\n"
            ".\r\n"),
      "Message.base64=8sIHdvcmxkISBIZWxsbywgd29ybGQh →  world! Hello, world!@40+32\n"
      "Message.base64=ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISEh → !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!@72+46\n"
      "Message.base64=SGVs → Hel@118+6\n"
      "MIME part.Last boundary=--=_1--@124+9\n"
      "SMTP.End of data=.@133+3\n" },
    { "the middle of quoted-printable", TCP_TO(25),
      BYTES("nd =C3=A4=C3=B6\r\n"
            "x=1\r\n"),
      "Message.quoted-printable=nd =C3=A4=C3=B6 → nd äö@40+17\n"
      "Message.Line=x=1@57+5\n" },
    { "the middle of a header", TCP_TO(25),
      BYTES("ice@crepes.fr>\r\n"
            " (Alice)\r\n"
            "Subject: a\r\n"
            "\r\n"
            "b\r\n"),
      "Message.Line=ice@crepes.fr>@40+16\n"
      "Message.Line= (Alice)@56+10\n"
      "Message.Subject=a@66+12\n"
      "Message.Blank line=@78+2\n"
      "Message.Line=b@80+3\n" },
    { "a part whose header follows", TCP_TO(25),
      BYTES("x\r\n"
            "--=_1\r\n"
            "Content-Type: text/plain\r\n"
            "\r\n"
            "--no\r\n"),
      "Message.Line=x@40+3\n"
      "MIME part.Boundary=--=_1@43+7\n"
      "MIME part.Content-Type=text/plain@50+26\n"
      "MIME part.Blank line=@76+2\n"
      "MIME part.Line=--no@78+6\n" },
    { "POP3 commands", TCP_TO(110),
      BYTES("USER bob\r\n"
            "PASS a b\r\n"
            "UIDL\r\n"
            "XYZ\r\n"),
      "POP3.Command=USER@40+4\n"
      "POP3.Argument=bob@44+6\n"
      "POP3.Command=PASS@50+4\n"
      "POP3.Argument=a b@54+6\n"
      "POP3.Command=UIDL@60+6\n"
      "POP3.Line=XYZ@66+5\n" },
    { "a stamp", TCP_FROM(110), BYTES("+OK ready <1.2@x>\r\n"),
      "POP3.Status=+OK@40+3\n"
      "POP3.Text=ready <1.2@x>@43+16\n" },
    { "a listing", TCP_FROM(110),
      BYTES("+OK 2 messages\r\n"
            "1 120\r\n"
            "2 200\r\n"
            ".\r\n"
            "-ERR [AUTH] no\r\n"
            "+OK 2 320\r\n"),
      "POP3.Status=+OK@40+3\n"
      "POP3.Text=2 messages@43+13\n"
      "POP3.Message number=1@56+1\n"
      "POP3.Octets=120@57+6\n"
      "POP3.Message number=2@63+1\n"
      "POP3.Octets=200@64+6\n"
      "POP3.End of list=.@70+3\n"
      "POP3.Status=-ERR@73+4\n"
      "POP3.Response code=[AUTH]@77+7\n"
      "POP3.Text=no@84+5\n"
      "POP3.Status=+OK@89+3\n"
      "POP3.Text=2 320@92+8\n" },
    { "unique ids", TCP_FROM(110),
      BYTES("+OK\r\n"
            "1 a1:x\r\n"
            "2 zz\r\n"
            ".\r\n"),
      "POP3.Status=+OK@40+5\n"
      "POP3.Message number=1@45+1\n"
      "POP3.Unique id=a1:x@46+7\n"
      "POP3.Message number=2@53+1\n"
      "POP3.Unique id=zz@54+5\n"
      "POP3.End of list=.@59+3\n" },
    { "capabilities", TCP_FROM(110),
      BYTES("+OK\r\n"
            "TOP\r\n"
            "SASL PLAIN\r\n"
            "X-MORE\r\n"
            ".\r\n"),
      "POP3.Status=+OK@40+5\n"
      "POP3.Capability=TOP@45+5\n"
      "POP3.Capability=SASL PLAIN@50+12\n"
      "POP3.Capability=X-MORE@62+8\n"
      "POP3.End of list=.@70+3\n" },
    { "a message retrieved", TCP_FROM(110),
      BYTES("+OK 120 octets\r\n"
            "From: a\r\n"
            "\r\n"
            "Hi\r\n"
            "..x\r\n"
            ".\r\n"),
      "POP3.Status=+OK@40+3\n"
      "POP3.Text=120 octets@43+13\n"
      "Message.From=a@56+9\n"
      "Message.Blank line=@65+2\n"
      "Message.Line=Hi@67+4\n"
      "Message.Line=..x@71+5\n"
      "POP3.End of data=.@76+3\n" },
    { "the end of a message", TCP_FROM(110),
      BYTES("nd of it\r\n"
            "3 eggs2\r\n"
            ".\r\n"
            "+OK bye\r\n"),
      "Message.Line=nd of it@40+10\n"
      "Message.Line=3 eggs2@50+9\n"
      "POP3.End of data=.@59+3\n"
      "POP3.Status=+OK@62+3\n"
      "POP3.Text=bye@65+6\n" },
    { "the middle of a listing", TCP_FROM(110),
      BYTES("7 200\r\n"
            "18 3\r\n"
            ".\r\n"),
      "POP3.Message number=7@40+1\n"
      "POP3.Octets=200@41+6\n"
      "POP3.Message number=18@47+2\n"
      "POP3.Octets=3@49+4\n"
      "POP3.End of list=.@53+3\n" },
    { "a dot alone", TCP_FROM(110), BYTES(".\r\n"), "POP3.End of data=.@40+3\n" },
    { "IMAP commands", TCP_TO(143),
      BYTES("a1 LOGIN bob secret\r\n"
            "a2 UID FETCH 1:* (FLAGS)\r\n"
            "DONE\r\n"),
      "IMAP.Tag=a1@40+2\n"
      "IMAP.Command=LOGIN@42+6\n"
      "IMAP.Argument=bob secret@48+13\n"
      "IMAP.Tag=a2@61+2\n"
      "IMAP.Command=UID@63+4\n"
      "IMAP.Command=FETCH@67+6\n"
      "IMAP.Argument=1:* (FLAGS)@73+14\n"
      "IMAP.Command=DONE@87+6\n" },
    { "AUTHENTICATE", TCP_TO(143), BYTES("a1 AUTHENTICATE PLAIN AGEAYg==\r\n"),
      "IMAP.Tag=a1@40+2\n"
      "IMAP.Command=AUTHENTICATE@42+13\n"
      "IMAP.Argument=PLAIN@55+6\n"
      "IMAP.First answer=AGEAYg== → ␀a␀b@61+11\n" },
    { "APPEND that does not wait", TCP_TO(143),
      BYTES("a3 APPEND Sent (\\Seen) {16+}\r\n"
            "Subject: x\r\n"
            "\r\n"
            "Hi\r\n"),
      "IMAP.Tag=a3@40+2\n"
      "IMAP.Command=APPEND@42+7\n"
      "IMAP.Argument=Sent (\\Seen)@49+13\n"
      "IMAP.Literal={16+}@62+8\n"
      "Message.Subject=x@70+12\n"
      "Message.Blank line=@82+2\n"
      "Message.Line=Hi@84+2\n"
      "IMAP.Line end=@86+2\n" },
    { "a literal that was waited for", TCP_TO(143),
      BYTES("Subject: x\r\n"
            "\r\n"
            "Hi\r\n"
            "\r\n"),
      "Message.Subject=x@40+12\n"
      "Message.Blank line=@52+2\n"
      "Message.Line=Hi@54+4\n"
      "Message.Line=@58+2\n" },
    { "a folder", TCP_TO(143), BYTES("a4 SELECT \"&bUtr1Q-\"\r\n"),
      "IMAP.Tag=a4@40+2\n"
      "IMAP.Command=SELECT@42+7\n"
      "IMAP.Argument=\"&bUtr1Q-\" → \"测毕\"@49+13\n" },
    { "untagged responses", TCP_FROM(143),
      BYTES("* OK [UIDVALIDITY 1] ok\r\n"
            "* 12 EXISTS\r\n"
            "* LIST () \"/\" \"&bUtr1Q-\"\r\n"
            "* BYE\r\n"),
      "IMAP.Tag=*@40+1\n"
      "IMAP.Status=OK@41+3\n"
      "IMAP.Response code=[UIDVALIDITY 1]@44+16\n"
      "IMAP.Text=ok@60+5\n"
      "IMAP.Tag=*@65+1\n"
      "IMAP.Number=12@66+3\n"
      "IMAP.Response=EXISTS@69+9\n"
      "IMAP.Tag=*@78+1\n"
      "IMAP.Response=LIST@79+5\n"
      "IMAP.Data=() \"/\" \"&bUtr1Q-\" → () \"/\" \"测毕\"@84+20\n"
      "IMAP.Tag=*@104+1\n"
      "IMAP.Status=BYE@105+6\n" },
    { "tagged responses", TCP_FROM(143),
      BYTES("a1 OK [READ-WRITE] done\r\n"
            "a2 NO no\r\n"
            "+ go\r\n"
            "+ \r\n"),
      "IMAP.Tag=a1@40+2\n"
      "IMAP.Status=OK@42+3\n"
      "IMAP.Response code=[READ-WRITE]@45+13\n"
      "IMAP.Text=done@58+7\n"
      "IMAP.Tag=a2@65+2\n"
      "IMAP.Status=NO@67+3\n"
      "IMAP.Text=no@70+5\n"
      "IMAP.Tag=+@75+1\n"
      "IMAP.Text=go@76+5\n"
      "IMAP.Tag=+@81+4\n" },
    { "FETCH", TCP_FROM(143),
      BYTES("* 1 FETCH (UID 4 BODY[HEADER] {14}\r\n"
            "Subject: x\r\n"
            "\r\n"
            " BODY[TEXT]<0> {4}\r\n"
            "Hi\r\n"
            ")\r\n"
            "a2 OK done\r\n"),
      "IMAP.Tag=*@40+1\n"
      "IMAP.Number=1@41+2\n"
      "IMAP.Response=FETCH@43+6\n"
      "IMAP.Data=(UID 4 BODY[HEADER]@49+20\n"
      "IMAP.Literal={14}@69+7\n"
      "Message.Subject=x@76+12\n"
      "Message.Blank line=@88+2\n"
      "IMAP.Data=BODY[TEXT]<0>@90+14\n"
      "IMAP.Literal={4}@104+6\n"
      "Message.Line=Hi@110+4\n"
      "IMAP.Data=)@114+3\n"
      "IMAP.Tag=a2@117+2\n"
      "IMAP.Status=OK@119+3\n"
      "IMAP.Text=done@122+7\n" },
    { "FETCH of a later piece", TCP_FROM(143),
      BYTES("* 1 FETCH (BODY[]<9> {6}\r\n"
            "ect: x)\r\n"),
      "IMAP.Tag=*@40+1\n"
      "IMAP.Number=1@41+2\n"
      "IMAP.Response=FETCH@43+6\n"
      "IMAP.Data=(BODY[]<9>@49+11\n"
      "IMAP.Literal={6}@60+6\n"
      "Message.Line=ect: x@66+6\n"
      "IMAP.Data=)@72+3\n" },
    { "the end of a literal", TCP_FROM(143),
      BYTES("end of it\r\n"
            " FLAGS (\\Seen))\r\n"
            "* 2 FETCH (FLAGS ())\r\n"),
      "Message.Line=end of it@40+11\n"
      "IMAP.Data=FLAGS (\\Seen))@51+17\n"
      "IMAP.Tag=*@68+1\n"
      "IMAP.Number=2@69+2\n"
      "IMAP.Response=FETCH@71+6\n"
      "IMAP.Data=(FLAGS ())@77+13\n" },
    { "a closing parenthesis", TCP_FROM(143),
      BYTES(")\r\n"
            "a1 OK x\r\n"),
      "IMAP.Data=)@40+3\n"
      "IMAP.Tag=a1@43+2\n"
      "IMAP.Status=OK@45+3\n"
      "IMAP.Text=x@48+4\n" },
    { "a request", TCP_TO(80),
      BYTES("GET /a?b HTTP/1.1\r\n"
            "Host: www.crepes.fr\r\n"
            "X-Y: z\r\n"
            "\r\n"
            "GET / HTTP/1.0\r\n"
            "\r\n"),
      "HTTP.Method=GET@40+3\n"
      "HTTP.Target=/a?b@43+5\n"
      "HTTP.Version=HTTP/1.1@48+11\n"
      "HTTP.Host=www.crepes.fr@59+21\n"
      "HTTP.Header field=X-Y: z@80+8\n"
      "HTTP.Blank line=@88+2\n"
      "HTTP.Method=GET@90+3\n"
      "HTTP.Target=/@93+2\n"
      "HTTP.Version=HTTP/1.0@95+11\n"
      "HTTP.Blank line=@106+2\n" },
    { "a form", TCP_TO(80),
      BYTES("POST /mail/login HTTP/1.1\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 25\r\n"
            "\r\n"
            "user=bob&password=a%20b&x"),
      "HTTP.Method=POST@40+4\n"
      "HTTP.Target=/mail/login@44+12\n"
      "HTTP.Version=HTTP/1.1@56+11\n"
      "HTTP.Content-Type=application/x-www-form-urlencoded@67+49\n"
      "HTTP.Content-Length=25@116+20\n"
      "HTTP.Blank line=@136+2\n"
      "Form.Form field=user=bob@138+9\n"
      "Form.Form field=password=a%20b → password=a b@147+15\n"
      "Form.Form field=x@162+1\n" },
    { "the middle of a form", TCP_TO(80), BYTES("ssword=a%20b&x=1+2&y=%"),
      "Form.Form field=ssword=a%20b → ssword=a b@40+13\n"
      "Form.Form field=x=1+2 → x=1 2@53+6\n"
      "Form.Form field=y=%@59+3\n" },
    { "a page", TCP_FROM(80),
      BYTES("HTTP/1.1 200 OK\r\n"
            "Content-Type: text/html; charset=utf-8\r\n"
            "Content-Length: 11\r\n"
            "\r\n"
            "<p>Hi\n"
            "</p>\n"
            "HTTP/1.1 304 Not Modified\r\n"
            "\r\n"),
      "HTTP.Version=HTTP/1.1@40+8\n"
      "HTTP.Status code=200@48+4\n"
      "HTTP.Reason=OK@52+5\n"
      "HTTP.Content-Type=text/html; charset=utf-8@57+40\n"
      "HTTP.Content-Length=11@97+20\n"
      "HTTP.Blank line=@117+2\n"
      "HTML.Line=<p>Hi@119+6\n"
      "HTML.Line=</p>@125+5\n"
      "HTTP.Version=HTTP/1.1@130+8\n"
      "HTTP.Status code=304@138+4\n"
      "HTTP.Reason=Not Modified@142+15\n"
      "HTTP.Blank line=@157+2\n" },
    { "the answer to HEAD", TCP_FROM(80),
      BYTES("HTTP/1.1 200 OK\r\n"
            "Content-Length: 99\r\n"
            "\r\n"
            "HTTP/1.1 404\r\n"
            "\r\n"),
      "HTTP.Version=HTTP/1.1@40+8\n"
      "HTTP.Status code=200@48+4\n"
      "HTTP.Reason=OK@52+5\n"
      "HTTP.Content-Length=99@57+20\n"
      "HTTP.Blank line=@77+2\n"
      "HTTP.Version=HTTP/1.1@79+8\n"
      "HTTP.Status code=404@87+6\n"
      "HTTP.Blank line=@93+2\n" },
    { "chunks", TCP_FROM(80),
      BYTES("HTTP/1.1 200 OK\r\n"
            "Content-Type: text/html\r\n"
            "Transfer-Encoding: chunked\r\n"
            "\r\n"
            "4\r\n"
            "<p>\n"
            "\r\n"
            "3\r\n"
            "abc\r\n"
            "0\r\n"
            "X-T: 1\r\n"
            "\r\n"),
      "HTTP.Version=HTTP/1.1@40+8\n"
      "HTTP.Status code=200@48+4\n"
      "HTTP.Reason=OK@52+5\n"
      "HTTP.Content-Type=text/html@57+25\n"
      "HTTP.Transfer-Encoding=chunked@82+28\n"
      "HTTP.Blank line=@110+2\n"
      "HTTP.Chunk size=4@112+3\n"
      "HTML.Line=<p>@115+4\n"
      "HTTP.Chunk end=@119+2\n"
      "HTTP.Chunk size=3@121+3\n"
      "HTML.Line=abc@124+3\n"
      "HTTP.Chunk end=@127+2\n"
      "HTTP.Chunk size=0@129+3\n"
      "HTTP.Header field=X-T: 1@132+8\n"
      "HTTP.Blank line=@140+2\n" },
    { "a picture", TCP_FROM(80),
      BYTES("HTTP/1.1 200 OK\r\n"
            "Content-Type: image/png\r\n"
            "\r\n"
            "\001\002"),
      "HTTP.Version=HTTP/1.1@40+8\n"
      "HTTP.Status code=200@48+4\n"
      "HTTP.Reason=OK@52+5\n"
      "HTTP.Content-Type=image/png@57+25\n"
      "HTTP.Blank line=@82+2\n"
      "Content.Octets=2 octets: 01 02@84+2\n" },
    { "a message as a page", TCP_FROM(80),
      BYTES("HTTP/1.1 200 OK\r\n"
            "Content-Type: message/rfc822\r\n"
            "\r\n"
            "Subject: x\r\n"
            "\r\n"
            "Hi"),
      "HTTP.Version=HTTP/1.1@40+8\n"
      "HTTP.Status code=200@48+4\n"
      "HTTP.Reason=OK@52+5\n"
      "HTTP.Content-Type=message/rfc822@57+30\n"
      "HTTP.Blank line=@87+2\n"
      "Message.Subject=x@89+12\n"
      "Message.Blank line=@101+2\n"
      "Message.Line=Hi@103+2\n" },
    { "the middle of a page", TCP_FROM(80),
      BYTES("xt <b>bold</b>\n"
            "<p>a\n"
            "HTTP/1.1 204 No Content\r\n"
            "\r\n"),
      "HTML.Line=xt <b>bold</b>@40+15\n"
      "HTML.Line=<p>a@55+5\n"
      "HTTP.Version=HTTP/1.1@60+8\n"
      "HTTP.Status code=204@68+4\n"
      "HTTP.Reason=No Content@72+13\n"
      "HTTP.Blank line=@85+2\n" },
    { "the middle of a header of HTTP", TCP_FROM(80),
      BYTES("oot.crepes.fr\r\n"
            "Content-Type: text/plain\r\n"
            "\r\n"
            "abc"),
      "HTTP.Line=oot.crepes.fr@40+15\n"
      "HTTP.Content-Type=text/plain@55+26\n"
      "HTTP.Blank line=@81+2\n"
      "Content.Line=abc@83+3\n" },
    { "the middle of a picture", TCP_FROM(80), BYTES("\211PNG\000\001"),
      "Content.Octets=6 octets: 89 50 4e 47 00 01@40+6\n" },
    { "another port", TCP_TO(7), BYTES("abc"), "Data.Octets=3 octets: 61 62 63@40+3\n" },
    { "a query", UDP_TO(53), BYTES(DNS_QUERY),
      HEADER_QUERY "DNS.Questions=1@32+2\nDNS.Answer records=0@34+2\nDNS.Authority records=0@36+2\n"
                   "DNS.Additional records=0@38+2\n"
                   "Question.Name=www.edu@40+9\nQuestion.Type=A (1)@49+2\nQuestion.Class=IN (1)@51+2\n" },
    { "an answer", UDP_TO(53), BYTES(DNS_ANSWER),
      "DNS.ID=4660@28+2\nDNS.QR=1@30+1\nDNS.Opcode=0@30+1\nDNS.AA=1@30+1\nDNS.TC=0@30+1\nDNS.RD=1@30+1\n"
      "DNS.RA=1@31+1\nDNS.Z=0@31+1\nDNS.AD=0@31+1\nDNS.CD=0@31+1\nDNS.Response code=NOERROR (0)@31+1\n"
      "DNS.Questions=1@32+2\nDNS.Answer records=2@34+2\nDNS.Authority records=1@36+2\nDNS.Additional records=1@38+2\n"
      "Question.Name=www.edu@40+9\nQuestion.Type=MX (15)@49+2\nQuestion.Class=IN (1)@51+2\n"
      "Answer.Name=www.edu, by a pointer to octet 12@53+2\nAnswer.Type=MX (15)@55+2\nAnswer.Class=IN (1)@57+2\n"
      "Answer.TTL=300 s@59+4\nAnswer.Data length=9@63+2\nAnswer.Preference=10@65+2\n"
      "Answer.Mail server=mail.edu@67+5\nAnswer.Pointer=to octet 16: edu@72+2\n"
      "Answer.Name=www.edu, by a pointer to octet 12@74+2\nAnswer.Type=TXT (16)@76+2\nAnswer.Class=IN (1)@78+2\n"
      "Answer.TTL=60 s@80+4\nAnswer.Data length=3@84+2\nAnswer.Text=hi@86+3\n"
      "Authority.Name=edu, by a pointer to octet 16@89+2\nAuthority.Type=SOA (6)@91+2\nAuthority.Class=IN (1)@93+2\n"
      "Authority.TTL=5 s@95+4\nAuthority.Data length=24@99+2\n"
      "Authority.Primary server=www.edu, by a pointer to octet 12@101+2\n"
      "Authority.Responsible=edu, by a pointer to octet 16@103+2\nAuthority.Serial=1@105+4\n"
      "Authority.Refresh=2 s@109+4\nAuthority.Retry=3 s@113+4\nAuthority.Expire=4 s@117+4\nAuthority.Minimum=5 s@121+4\n"
      "Additional.Name=.@125+1\nAdditional.Type=OPT (41)@126+2\nAdditional.UDP size=1232@128+2\n"
      "Additional.Extended response code=0@130+1\nAdditional.EDNS version=0@131+1\nAdditional.EDNS flags=DO@132+2\n"
      "Additional.Data length=0@134+2\n" },
    { "a name that points to itself", UDP_TO(53),
      BYTES("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
            "\xc0\x0c\x00\x01\x00\x01"),
      HEADER_QUERY "DNS.Questions=1@32+2\nDNS.Answer records=0@34+2\nDNS.Authority records=0@36+2\n"
                   "DNS.Additional records=0@38+2\nDNS.Octets=6 octets: c0 0c 00 01 00 01@40+6\n" },
    { "too short for DNS", UDP_TO(53), BYTES("\x12\x34"), "DNS.Octets=2 octets: 12 34@28+2\n" },
    { "DNS over TCP", TCP_TO(53), BYTES("\x00\x01x\x00\x05y"),
      "DNS.Message length=1@40+2\nDNS.Octets=1 octet: 78@42+1\nDNS.Octets=3 octets: 00 05 79@43+3\n" },
};

static void test_dissect_known_payloads(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < G_N_ELEMENTS(knowns); i++) {
        const struct known *k = &knowns[i];
        uint8_t wire[1500];
        size_t n = encoded(&k->head, k->payload, k->len, wire, sizeof wire);
        struct dissection *d = dissect_packet(wire, n);
        g_autofree char *text = dump(d, n - k->len);
        check_cover(k->name, d, n);
        if (strcmp(text, k->fields) != 0)
            fail_msg("%s:\n%sis not\n%s", k->name, text, k->fields);
        dissection_free(&d);
        assert_null(d);
    }
}

/* ---- What a field means, where that depends on more than its name. */

#define CONTINUES "It continues what came before"

static const struct {
    const char *name;
    struct packet head;
    const char *payload;
    const char *field;   /* the first one of that name */
    const char *meaning; /* begins so */
} meanings[] = {
    { "a message goes on", TCP_TO(25), "and so on\r\n", "Line", CONTINUES },
    { "base64 goes on", TCP_TO(25), "ISEh\r\nISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISEh\r\n", "base64",
      CONTINUES ". base64: 3 octets become 4 characters" },
    { "quoted-printable goes on", TCP_TO(25), "=C3=A4\r\n", "quoted-printable", CONTINUES },
    { "a reply goes on", TCP_FROM(25), "tings\r\n", "Line", CONTINUES },
    { "POP3 goes on", TCP_FROM(110), "and so on\r\n", "Line", CONTINUES },
    { "a command of POP3 goes on", TCP_TO(110), "1\r\n", "Line", "No command of POP3, or the rest of one" },
    { "a literal goes on", TCP_FROM(143), "and so on\r\n", "Line", CONTINUES },
    { "behind a literal", TCP_FROM(143), ")\r\n", "Data", "It goes on behind a literal" },
    { "a command of IMAP goes on", TCP_TO(143), "x)\r\n", "Line", CONTINUES },
    { "a page goes on", TCP_FROM(80), "x <b>\n", "Line", CONTINUES },
    { "a form goes on", TCP_TO(80), "x=1", "Form field", CONTINUES },
    { "a picture goes on", TCP_FROM(80), "\x01", "Octets", CONTINUES },
    { "a chunk goes on", TCP_FROM(80), "2\r\n\x01\x02\r\n", "Octets", "What was asked for" },
    { "base64 is named", TCP_TO(25), "Content-Transfer-Encoding: base64\r\n\r\nISEh\r\n", "base64",
      "base64: 3 octets become 4 characters" },
    { "an encoding is explained", TCP_TO(25), "Content-Transfer-Encoding: Quoted-Printable\r\n",
      "Content-Transfer-Encoding", "quoted-printable: most characters" },
    { "an unknown encoding is not", TCP_TO(25), "Content-Transfer-Encoding: base64x\r\n",
      "Content-Transfer-Encoding", "How the body is written" },
    { "a type is explained", TCP_TO(25), "Content-Type: Multipart/mixed; boundary=x\r\n", "Content-Type",
      "Several parts" },
    { "an encoded-word", TCP_TO(25), "Subject: =?utf-8?q?=C3=A4?=\r\n", "Subject", "A header is of ASCII" },
    { "a stuffed dot", TCP_FROM(110), "+OK\r\nTo: a\r\n\r\n..\r\n", "Line", "The first dot was put there" },
    { "no stuffing in IMAP", TCP_FROM(143), "* 1 FETCH (BODY[] {4}\r\n..\r\n)\r\n", "Line", NULL },
    { "a password", TCP_TO(110), "PASS x\r\n", "Argument", "The password: whoever reads along" },
    { "a password in a form", TCP_TO(80),
      "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
      "10\r\n\r\npassword=x",
      "Form field", "A password that was typed" },
    { "a code that is known", TCP_FROM(25), "535 no\r\n", "Code",
      "5xx: no; trying again will not help. With 535" },
    { "one that is not", TCP_FROM(25), "299 yes\r\n", "Code", "2xx: done." },
    { "a status that is known", TCP_FROM(80), "HTTP/1.1 404 x\r\n", "Status code",
      "4xx: the browser is wrong. With" },
    { "one of no class", TCP_FROM(80), "HTTP/1.1 999 x\r\n", "Status code", NULL },
    { "UID says what numbers are", TCP_TO(143), "a UID FETCH 1 FLAGS\r\n", "Command",
      "Messages are named by" },
    { "a command to the folder", TCP_TO(143), "a FETCH 1 FLAGS\r\n", "Argument",
      "Which messages, and what of them" },
    { "a literal that waits", TCP_TO(143), "a LOGIN {3}\r\n", "Literal",
      "So many octets follow, whatever they are." },
    { "one that does not", TCP_TO(143), "a LOGIN {3+}\r\n", "Literal",
      "So many octets follow, whatever they are; with +" },
};

static void test_dissect_meanings(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < G_N_ELEMENTS(meanings); i++) {
        uint8_t wire[1500];
        size_t len = strlen(meanings[i].payload);
        size_t n = encoded(&meanings[i].head, meanings[i].payload, len, wire, sizeof wire);
        struct dissection *d = dissect_packet(wire, n);
        const struct dissect_field *found = NULL;

        for (unsigned k = d->fields->len; k > 0; k--) {
            const struct dissect_field *f = &g_array_index(d->fields, struct dissect_field, k - 1);
            if (f->offset >= n - len && strcmp(f->name, meanings[i].field) == 0)
                found = f;
        }
        if (found == NULL)
            fail_msg("%s: there is no %s", meanings[i].name, meanings[i].field);
        if (meanings[i].meaning == NULL
                ? found->meaning != NULL
                : found->meaning == NULL || !g_str_has_prefix(found->meaning, meanings[i].meaning))
            fail_msg("%s: %s = \"%s\" means \"%s\"", meanings[i].name, found->name, found->value,
                     found->meaning != NULL ? found->meaning : "nothing");
        dissection_free(&d);
    }
}

/* However long a segment is, and whatever it repeats: all of it in fields, at once. */
static void test_dissect_long(void **unused)
{
    static const char *const pieces[] = {
        "\n",
        "a",
        "ISEh",
        "--x\r\nContent-",
        "=?x?q?x?=",
        "Subject: x\r\n",
        "+OK\r\n",
        ")\r\n",
        "1 1\r\n",
        "* 1 FETCH {1}\r\n",
        "a1 NOOP {1}\r\n",
        "&",
        "HTTP/1.1 200 x\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "1\r\na\r\n",
        "334 ISEh\r\n",
        "MAIL\r\n",
        "x: y\r\n z\r\n",
    };
    static const unsigned ports[] = { 25, 80, 110, 143, 587 };
    enum { LEN = 60000 };
    char *payload = g_malloc(LEN);
    uint8_t *wire = g_malloc(LEN + 100);

    (void)unused;
    for (unsigned i = 0; i < G_N_ELEMENTS(pieces); i++) {
        for (size_t at = 0, n = strlen(pieces[i]); at < LEN; at++)
            payload[at] = pieces[i][at % n];
        for (unsigned k = 0; k < 2 * G_N_ELEMENTS(ports); k++) {
            struct packet to = TCP_TO(0), from = TCP_FROM(0), head = k % 2 == 0 ? to : from;
            *(k % 2 == 0 ? &head.dst_port : &head.src_port) = (uint16_t)ports[k / 2];
            size_t n = encoded(&head, payload, LEN, wire, LEN + 100);
            struct dissection *d = dissect_packet(wire, n);
            assert_true(n > LEN);
            check_cover(pieces[i], d, n);
            dissection_free(&d);
        }
    }
    g_free(payload);
    g_free(wire);
}

static void test_dissect_headers(void **unused)
{
    struct packet syn = { .src = 0x0a01000a,
                          .dst = 0x0a010019,
                          .src_port = 55003,
                          .dst_port = 25,
                          .proto = IP_TCP,
                          .ttl = 63,
                          .tcp_flags = TCP_SYN,
                          .tcp_seq = 2365855305u,
                          .tcp_window = 65535,
                          .tcp_mss = 1460,
                          .ip_id = 42634 };
    uint8_t wire[100];
    size_t n = encoded(&syn, "", 0, wire, sizeof wire);
    struct dissection *d = dissect_packet(wire, n);
    g_autofree char *text = dump(d, 0);
    (void)unused;

    check_cover("SYN", d, n);
    assert_int_equal(d->n_layers, 2);
    assert_non_null(
        strstr(text, "IPv4.Version=4@0+1\nIPv4.Header length=20 octets@0+1\nIPv4.Type of service=0@1+1\n"
                     "IPv4.Total length=44@2+2\nIPv4.Identification=42634@4+2\n"
                     "IPv4.Flags=don't fragment@6+2\nIPv4.Fragment offset=0@6+2\nIPv4.Time to live=63@8+1\n"
                     "IPv4.Protocol=6 (TCP)@9+1\nIPv4.Checksum=0x"));
    assert_non_null(strstr(text, ", right@10+2\nIPv4.Source address=10.1.0.10@12+4\n"
                                 "IPv4.Destination address=10.1.0.25@16+4\nTCP.Source port=55003@20+2\n"
                                 "TCP.Destination port=25 (SMTP)@22+2\nTCP.Sequence number=2365855305@24+4\n"
                                 "TCP.Acknowledgement number=0@28+4\nTCP.Header length=24 octets@32+1\n"
                                 "TCP.Flags=SYN@33+1\nTCP.Window=65535@34+2\nTCP.Checksum=0x"));
    assert_non_null(
        strstr(text, ", right@36+2\nTCP.Urgent pointer=0@38+2\nTCP.Maximum segment size=1460@40+4\n"));
    dissection_free(&d);

    wire[8]--; /* a router that forgot the checksum */
    wire[35] ^= 1;
    d = dissect_packet(wire, n);
    g_autofree char *wrong = dump(d, 0);
    assert_non_null(strstr(wrong, ", wrong@10+2"));
    assert_non_null(strstr(wrong, ", wrong@36+2"));
    dissection_free(&d);
}

static void test_dissect_icmp(void **unused)
{
    struct packet udp = UDP_TO(53), icmp = {
        .src = udp.dst, .dst = udp.src, .src_port = 3, .dst_port = 3, .proto = IP_ICMP, .ttl = 64
    };
    uint8_t quoted[100], wire[200];
    (void)unused;

    encoded(&udp, "abcd", 4, quoted, sizeof quoted);
    size_t n = encoded(&icmp, (const char *)quoted, 28, wire, sizeof wire);
    struct dissection *d = dissect_packet(wire, n);
    g_autofree char *text = dump(d, 20);
    check_cover("port unreachable", d, n);
    assert_non_null(
        strstr(text, "ICMP.Type=3 (destination unreachable)@20+1\nICMP.Code=3 (port unreachable)@21+1\n"));
    assert_non_null(strstr(text, "Quoted packet.Source address=10.1.0.10@40+4\n"));
    assert_non_null(
        strstr(text, "Quoted packet.Destination port=53 (DNS)@50+2\nQuoted packet.Octets=4 octets: "));
    dissection_free(&d);
}

/* ---- Any bytes. */

static void try(const char *name, const uint8_t *bytes, size_t len)
{
    /* A copy of its own, so that the sanitizer sees a read behind its end. */
    uint8_t *copy = g_memdup2(bytes, len);
    struct dissection *d = dissect_packet(copy, len);

    check_cover(name, d, len);
    dissection_free(&d);
    g_free(copy);
}

static void test_dissect_cut_and_changed(void **unused)
{
    struct rng rng;
    (void)unused;

    rng_init(&rng, 7, SPAN("dissect"));
    for (unsigned i = 0; i < G_N_ELEMENTS(knowns); i++) {
        uint8_t wire[1500], bad[1500];
        size_t n = encoded(&knowns[i].head, knowns[i].payload, knowns[i].len, wire, sizeof wire);
        for (size_t len = 0; len <= n; len++)
            try(knowns[i].name, wire, len);
        for (unsigned k = 0; k < 1000; k++) {
            memcpy(bad, wire, n);
            for (unsigned change = 0; change < 1 + k % 4; change++)
                bad[rng_below(&rng, (uint32_t)n)] = (uint8_t)rng_below(&rng, 256);
            try(knowns[i].name, bad, n);
        }
    }
}

static void test_dissect_every_bundled_packet(void **unused)
{
    GPtrArray *names = sh_bundled();
    (void)unused;

    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *path = g_strdup_printf("scenarios/%s.json", (char *)g_ptr_array_index(names, i));
        struct report r;
        report_init(&r, path);
        struct mxlab *m = mxlab_open(path, NULL, &r);
        struct view_tape *t = view_tape_new(m, NULL, NULL);
        for (int64_t k = 0; k < view_tape_length(t); k++) {
            size_t len;
            const uint8_t *bytes = view_tape_bytes(t, k, &len);
            if (bytes == NULL || view_tape_nth(t, k)->event != EV_PACKET_SEND)
                continue;
            try(path, bytes, len);
            struct view_packet *p = view_dissect(bytes, len);
            for (unsigned f = 0; f < p->fields->len; f++) {
                const struct view_field *v = &g_array_index(p->fields, struct view_field, f);
                assert_null(strstr(v->value, "wrong"));
                assert_true(v->meaning == NULL || strstr(v->meaning, "well-formed") == NULL);
            }
            view_packet_free(&p);
        }
        view_tape_free(&t);
        mxlab_close(&m);
        report_release(&r);
    }
    g_ptr_array_unref(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dissect_known_payloads),
        cmocka_unit_test(test_dissect_meanings),
        cmocka_unit_test(test_dissect_long),
        cmocka_unit_test(test_dissect_headers),
        cmocka_unit_test(test_dissect_icmp),
        cmocka_unit_test(test_dissect_cut_and_changed),
        cmocka_unit_test(test_dissect_every_bundled_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
