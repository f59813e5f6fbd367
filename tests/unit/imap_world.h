/* bob's mailbox, for tests of IMAP: messages by name, and folders. */
#ifndef IMAP_WORLD_H
#define IMAP_WORLD_H

#include "mail/box.h"

static const struct {
    const char *name, *text;
} imap_messages[] = {
    { "ketchup", "Date: Mon, 02 Mar 2026 09:00:00 +0100\r\n"
                 "From: Alice <alice@crepes.fr>\r\n"
                 "Subject: Ketchup?\r\n"
                 "To: bob@hamburger.edu\r\n"
                 "cc: carol@hamburger.edu, Dave Brown <dave@hamburger.edu>\r\n"
                 "Message-Id: <m1@crepes.fr>\r\n"
                 "MIME-Version: 1.0\r\n"
                 "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n"
                 "\r\n"
                 "Do you like ketchup?\r\n"
                 "How about pickles?\r\n" },
    { "plain", "From: alice@crepes.fr\r\nSubject: plain\r\n\r\nHello, Bob.\r\n" },
    { "korean", "From: =?UTF-8?B?7JWo66as7Iqk?= <alice@crepes.fr>\r\n"
                "Subject: =?UTF-8?B?7JWI64WV7ZWY7IS47JqU?=\r\n"
                "Date: Tue, 03 Mar 2026 23:30:00 -0800\r\n"
                "MIME-Version: 1.0\r\n"
                "Content-Type: text/plain; charset=UTF-8\r\n"
                "Content-Transfer-Encoding: base64\r\n"
                "\r\n"
                "7YG066CI7Y6YIOuNlCDso7zshLjsmpQuIENyw6lwZXMh\r\n" },
    { "menu", "From: alice@crepes.fr\r\n"
              "Subject: The menu\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: multipart/mixed; boundary=\"=x\"\r\n"
              "\r\n"
              "Preamble\r\n"
              "--=x\r\n"
              "Content-Type: text/plain; charset=us-ascii\r\n"
              "\r\n"
              "See below.\r\n"
              "--=x\r\n"
              "Content-Type: message/rfc822\r\n"
              "\r\n"
              "From: carol@hamburger.edu\r\n"
              "Subject: within\r\n"
              "Content-Type: multipart/alternative; boundary=yy\r\n"
              "\r\n"
              "--yy\r\n"
              "Content-Type: text/plain\r\n"
              "\r\n"
              "plain words\r\n"
              "--yy\r\n"
              "Content-Type: text/html\r\n"
              "Content-Language: en\r\n"
              "\r\n"
              "<p>rich words</p>\r\n"
              "--yy--\r\n"
              "--=x\r\n"
              "Content-Type: image/png; name=menu.png\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "Content-Disposition: attachment; filename*=utf-8''%EB%A9%94%EB%89%B4.png\r\n"
              "Content-ID: <menu@crepes.fr>\r\n"
              "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n"
              "\r\n"
              "iVBORw0KGgo=\r\n"
              "--=x--\r\n"
              "Epilogue\r\n" },
    { "groups", "From: Alice, carol@hamburger.edu\r\n"
                "Sender: \"Brown, Dave\" <dave@hamburger.edu>\r\n"
                "Reply-To: \r\n"
                "To: Friends: bob@hamburger.edu, \"C \\\"x\\\" D\" <c.d@crepes.fr>;, Nobody:;\r\n"
                "Cc: <@relay.fr,@mail.fr:eve@crepes.fr>\r\n"
                "Bcc: frank@[192.0.2.1] (Frank\r\n (of the (old) days))\r\n"
                "Subject: folded\r\n over two lines\r\n"
                "In-Reply-To: <a@b>\r\n  <c@d>\r\n"
                "\r\n" },
    { "oddities",
      "From: \"no end <x@y\r\n"
      "Sender: (only a comment)\r\n"
      "Reply-To: a@b@c, <>, , <d@e\r\n"
      "To: Friends: bob@hamburger.edu\r\n"
      "Cc: John Q. Public <jqp@crepes.fr>, J. R. \"Bob\" D <jr@crepes.fr>,=?UTF-8?Q?C=C3=A9?= <c@d>\r\n"
      "Subject:\r\n"
      "Date: \"quoted\\\"\r\n"
      "Message-ID: \303\251\r\n"
      "\r\n" },
    { "commented", "From: <eve (note)@ (where) crepes.fr>\r\n\r\n" },
    { "bare", "Content-Type: multipart/mixed; boundary=never\r\n\r\nNo part here\r\n" },
    { "digest", "From: alice@crepes.fr\r\n"
                "Content-Type: message/rfc822\r\n"
                "\r\n"
                "Subject: a digest\r\n"
                "Content-Type: multipart/digest; boundary=z\r\n"
                "\r\n"
                "--z\r\n"
                "\r\n"
                "Subject: one\r\n"
                "\r\n"
                "first\r\n"
                "--z\r\n"
                "X-Mine: yes\r\n"
                "\r\n"
                "Subject: two\r\n"
                "\r\n"
                "second\r\n"
                "--z--\r\n" },
};

static struct mail_message *imap_message(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(imap_messages); i++)
        if (strcmp(imap_messages[i].name, name) == 0) {
            struct span text = span_of(imap_messages[i].text);

            return mail_message_new((uint32_t)i + 1, &text, 1);
        }
    return NULL;
}

/* Unix seconds of Mon, 02 Mar 2026 09:00:00 +0000. */
enum { IMAP_EPOCH_S = 1772442000 };

#endif
