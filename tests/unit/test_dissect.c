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
      "SMTP.Code=250@40+4\nSMTP.Text=mail greets@44+13\nSMTP.Code=250@57+4\nSMTP.Text=SIZE@61+6\n" },
    { "no reply", TCP_FROM(25), BYTES("+OK 1.2\r\n"), "SMTP.Line=+OK 1.2@40+9\n" },
    { "a message", TCP_TO(25), BYTES("Subject: a\r\n b\r\nX-Y: z\r\n\r\nHi\r\n..\r\n.\r\nQUIT\r\n"),
      "Message.Subject=a   b@40+16\nMessage.Header field=X-Y: z@56+8\nMessage.Blank line=@64+2\nMessage.Line=Hi@66+4\n"
      "Message.Line=..@70+4\nSMTP.End of data=.@74+3\nSMTP.Command=QUIT@77+6\n" },
    { "the middle of a message", TCP_TO(25), BYTES("and so on\r\n\r\n\xff\x01"),
      "Message.Line=and so on@40+11\nMessage.Line=@51+2\nMessage.Line=\xef\xbf\xbd @53+2\n" },
    { "POP3", TCP_TO(110), BYTES("RETR 1\r\n"), "POP3.Line=RETR 1@40+8\n" },
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
        for (unsigned k = 0; k < 3000; k++) {
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
        cmocka_unit_test(test_dissect_headers),
        cmocka_unit_test(test_dissect_icmp),
        cmocka_unit_test(test_dissect_cut_and_changed),
        cmocka_unit_test(test_dissect_every_bundled_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
