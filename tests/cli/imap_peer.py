#!/usr/bin/env python3
# Python's imaplib talks to our IMAP server over two sockets that tests/unit/test_mail_imap_peer.c made; bob's
# mailbox is the one of tests/unit/imap_world.h. Ends with status 1 and a traceback at the first surprise.
import email
import email.policy
import imaplib
import re
import socket
import sys
import time


class Session(imaplib.IMAP4):
    def __init__(self, fd):
        self.fd = fd
        super().__init__()

    def open(self, host='', port=143, timeout=None):
        self.sock = socket.socket(fileno=self.fd)
        self.sock.settimeout(50)
        self.file = self.sock.makefile('rb')


imaplib.Commands.update({'MOVE': ('SELECTED',), 'IDLE': ('AUTH', 'SELECTED'), 'UNSELECT': ('SELECTED',)})


def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]


def no(answer):
    assert answer[0] == 'NO', answer
    return answer[1][0]


a, b = Session(int(sys.argv[1])), Session(int(sys.argv[2]))
for capability in 'IMAP4REV1 IDLE MOVE UIDPLUS LITERAL+ SASL-IR NAMESPACE UNSELECT AUTH=PLAIN'.split():
    assert capability in a.capabilities, a.capabilities

# Who it is.
try:
    a.login('bob', 'wrong "password\\')
    raise AssertionError('logged in with a wrong password')
except imaplib.IMAP4.error as e:
    assert 'AUTHENTICATIONFAILED' in str(e), e
ok(a.login('bob', 'sword fish'))
ok(b.authenticate('PLAIN', lambda challenge: b'\0bob\0sword fish'))

# INBOX as it was made.
assert ok(a.select()) == [b'4']
assert a.response('UIDVALIDITY')[1] == [b'1'] and a.response('UIDNEXT')[1] == [b'5']
assert a.response('RECENT')[1] == [b'4']
assert ok(b.select('INBOX', readonly=True)) == [b'4']
assert b.response('RECENT')[1] == [b'0']
assert ok(a.search(None, 'ALL')) == [b'1 2 3 4']
assert ok(a.uid('SEARCH', 'SUBJECT', 'ketchup')) == [b'1']
a.literal = '안녕'.encode()
assert ok(a.search('UTF-8', 'SUBJECT')) == [b'3']
a.literal = 'CRÊPES'.encode()
assert ok(a.search('UTF-8', 'TEXT')) == [b'']
a.literal = 'CRÉPES'.encode()
assert ok(a.search('UTF-8', 'BODY')) == [b'3']

# A whole message, and how it is told that it has been seen.
(head, whole), tail = ok(a.fetch('1', '(RFC822.SIZE BODY[])'))
assert int(re.search(rb'RFC822.SIZE (\d+)', head).group(1)) == len(whole)
assert b'FLAGS (\\Seen \\Recent)' in tail, tail
mail = email.message_from_bytes(whole, policy=email.policy.default)
assert mail['Subject'] == 'Ketchup?' and mail.get_content().splitlines()[1] == 'How about pickles?'
assert b'\\Seen' not in ok(a.fetch('2', '(BODY.PEEK[TEXT] FLAGS)'))[-1]

# Each part by its number is what Python's email takes apart.
whole = ok(a.fetch('4', '(BODY.PEEK[])'))[0][1]
mail = email.message_from_bytes(whole)


def walk(part, path):
    if part.get_content_type() == 'message/rfc822':
        inner = part.get_payload(0)
        check(path + '.HEADER', inner)
        if inner.is_multipart():
            for n, below in enumerate(inner.get_payload(), 1):
                walk(below, f'{path}.{n}')
    elif part.is_multipart():
        for n, below in enumerate(part.get_payload(), 1):
            walk(below, f'{path}.{n}' if path else str(n))
    else:
        (_, octets), _ = ok(a.fetch('4', f'(BODY.PEEK[{path}])'))
        assert octets.rstrip() == part.get_payload().replace('\n', '\r\n').rstrip().encode() or \
            octets == part.get_payload().encode(), (path, octets)
        check(path + '.MIME', part)


def check(section, part):
    (_, octets), _ = ok(a.fetch('4', f'(BODY.PEEK[{section}])'))
    header = email.message_from_bytes(octets)
    assert header.items() == part.items(), (section, octets)


walk(mail, '')
structure = ok(a.fetch('4', '(BODYSTRUCTURE)'))[0]
assert structure.count(b'"text"') == 3 and b'"filename*" "utf-8\'\'%EB%A9%94%EB%89%B4.png"' in structure, structure
(_, piece), _ = ok(a.fetch('4', '(BODY.PEEK[]<10.20>)'))
assert piece == whole[10:30]

# Flags, in the eyes of both.
assert b'\\Flagged' in ok(a.store('2:3', '+FLAGS', '(\\Flagged $Work)'))[0]
ok(b.noop())
seen = b.response('FETCH')[1]
assert len(seen) == 3 and b'$Work' in seen[1], seen # 1 was read, 2 and 3 have new flags
assert ok(b.search(None, 'KEYWORD', '$Work', 'FLAGGED')) == [b'2 3']
no(b.store('1', '-FLAGS', '\\Seen'))
ok(a.store('3', 'FLAGS.SILENT', '()'))
assert ok(b.uid('SEARCH', 'KEYWORD $Work')) == [b'2']

# Folders, with names of any kind.
for name in 'Work', 'Travel/France', '&vUTIXA-', '"two words"', '"a&-b"':
    ok(a.create(name))
ok(a.subscribe('Work'))
assert no(a.create('inbox')).startswith(b'[ALREADYEXISTS]')
listed = ok(a.list())
assert b'(\\HasChildren) "/" Travel' in listed and b'(\\HasNoChildren) "/" "two words"' in listed, listed
assert ok(a.list('""', '%'))[0] == b'(\\HasNoChildren) "/" INBOX'
assert ok(a.lsub()) == [b'() "/" Work']
ok(a.rename('Travel', '"Far away"'))
assert ok(a.list('"Far away/"', '%')) == [b'(\\HasNoChildren) "/" "Far away/France"']
ok(a.unsubscribe('Work'))

# Messages put there.
date = time.struct_time((2026, 2, 1, 12, 30, 0, 6, 32, 0))
text = b'Subject: appended\r\nFrom: bob@hamburger.edu\r\n\r\nOne line\r\n'
assert no(a.append('Nowhere', '', None, text)).startswith(b'[TRYCREATE]')
done = ok(a.append('Work', '(\\Seen $Note)', '"01-Feb-2026 12:30:00 +0900"', text))[0]
assert done.startswith(b'[APPENDUID ') and b' 1] ' in done, done
assert no(a.append('Work', '', None, b'x' * 300000)).startswith(b'[OVERQUOTA]')
assert ok(a.status('Work', '(MESSAGES UNSEEN RECENT UIDNEXT)')) == [b'Work (MESSAGES 1 RECENT 1 UIDNEXT 2 UNSEEN 0)']

# Copies, moves and what goes.
done = ok(a.copy('1,4', 'Work'))[0]
assert re.match(rb'\[COPYUID \d+ 1,4 2:3\] ', done), done
assert no(a.copy('1', 'Nowhere')).startswith(b'[TRYCREATE]')
typ, dat = a._simple_command('MOVE', '4', 'Work')
assert typ == 'OK' and a.response('EXPUNGE')[1] == [b'4'], (typ, dat)
ok(a.store('1', '+FLAGS.SILENT', '\\Deleted'))
assert ok(a.expunge()) == [b'1']
assert ok(a.search(None, 'ALL')) == [b'1 2']
# b has not been told, and can still read them.
b.response('FETCH')
data = ok(b.fetch('1:4', '(UID)'))
assert data == [b'1 (UID 1)', b'2 (UID 2)', b'3 (UID 3)', b'4 (UID 4)'], data
b.response('EXPUNGE')
ok(b.noop())
assert b.response('EXPUNGE')[1] == [b'1', b'3']
ok(a.select('Work'))
got = ok(a.fetch('1', '(INTERNALDATE FLAGS)'))[0]
assert b'"01-Feb-2026 03:30:00 +0000"' in got and b'$Note' in got, got
assert imaplib.Internaldate2tuple(got) is not None
assert imaplib.ParseFlags(got) == (b'\\Seen', b'$Note', b'\\Recent')
assert ok(a.search(None, '(SINCE 1-Feb-2026 BEFORE 2-Feb-2026)')) == [b'1']
assert ok(a.uid('EXPUNGE', '1:*')) == [None]
assert no(a.delete('INBOX')).startswith(b'[CANNOT]')
ok(a.close())
ok(a.delete('Work'))

# One waits, the other one does things.
ok(b.select())
tag = b._new_tag()
b.send(tag + b' IDLE\r\n')
assert b.readline() == b'+ idling\r\n'
ok(a.append('INBOX', '(\\Draft)', None, text))
assert b.readline() == b'* 3 EXISTS\r\n' and b.readline() == b'* 1 RECENT\r\n'
ok(a.select())
ok(a.store('3', '+FLAGS', '(\\Deleted)'))
assert b.readline() == b'* 3 FETCH (FLAGS (\\Deleted \\Draft \\Recent))\r\n'
ok(a.expunge())
assert b.readline() == b'* 3 EXPUNGE\r\n'
b.send(b'DONE\r\n')
assert b.readline() == tag + b' OK IDLE completed\r\n'

ok(a.unselect())
assert a.logout()[0] == 'BYE'
assert b.logout()[0] == 'BYE'
