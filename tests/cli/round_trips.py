#!/usr/bin/env python3
"""Every moment of a trace is where theory puts it, to the nanosecond. From the links' delays this program works out the
shortest paths, and from those how long each packet, handshake, look-up, command and whole mail takes, or a visit to the mailbox;
from their rates, how long octets take on a slow one."""
import heapq
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_common import complain, duration, expanded, finish, nanoseconds, scenarios, trace  # noqa: E402

S = 10**9


def bits_a_second(rate):
    n, unit = re.fullmatch(r"([0-9.]+)([kMG]?)bps", rate).groups()
    return int(float(n) * {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}[unit])


class Map:
    """Hosts and links of an expanded scenario: one-way delays along the shortest paths."""

    def __init__(self, scenario):
        self.links = {}
        self.rated = set()
        self.rates = {}
        for link in scenario.get("links", []):
            a, b = link["between"]
            delay = duration(link["delay"])
            self.links.setdefault(a, {})[b] = delay
            self.links.setdefault(b, {})[a] = delay
            if link["rate"] != "none":
                self.rated |= {(a, b), (b, a)}
                self.rates[a] = self.rates[b] = bits_a_second(link["rate"])
        self.known = {}

    def paths(self, a):
        """Dijkstra: delay from `a` to every host, and whether a link with a rate is on some shortest way there."""
        if a in self.known:
            return self.known[a]
        best, waiting = {}, [(0, a, False)]
        while waiting:
            so_far, host, rated = heapq.heappop(waiting)
            if host in best:
                continue
            best[host] = (so_far, rated)
            for peer, delay in self.links.get(host, {}).items():
                heapq.heappush(waiting, (so_far + delay, peer, rated or (host, peer) in self.rated))
        self.known[a] = best
        return best

    def delay(self, a, b):
        return self.paths(a)[b][0]

    def is_rated(self, a, b):
        return self.paths(a)[b][1]

    def round_trip(self, a, b):
        return self.delay(a, b) + self.delay(b, a)


def chain(records, r):
    """Its causes, the nearest first."""
    while r.get("cause"):
        r = records[r["cause"] - 1]
        yield r


def check_packets(name, way, records):
    n = 0
    for r in records:
        if r["event"] != "packet.arrive":
            continue
        sent = next(c for c in chain(records, r) if c["event"] == "packet.send")
        took, theory = r["time"] - sent["time"], way.delay(sent["host"], r["host"])
        n += 1
        is_slow = way.is_rated(sent["host"], r["host"])
        if is_slow:  # one that waits behind another takes longer
            rate = min(way.rates[end] for end in (sent["host"], r["host"], "internet") if end in way.rates)
            theory += 8 * sent["size"] * S // rate
        if took < theory if is_slow else took != theory:
            complain(f"{name}: packet {sent['seq']} from {sent['host']} to {r['host']} took {took} ns, not {theory}")
    return n


def check_handshakes(name, way, records):
    """connect to established, at the client: one round trip, unless something is sent again."""
    again = {r["conn"] for r in records if r["event"] == "tcp.retransmit"}
    begun = {r["conn"]: r for r in records if r["event"] == "tcp.connect"}
    n = 0
    for r in records:
        c = begun.get(r.get("conn"))
        if r["event"] != "tcp.established" or c is None or r["host"] != c["host"] or r["conn"] in again:
            continue
        theory = way.round_trip(c["host"], c["peer"])
        n += 1
        if not way.is_rated(c["host"], c["peer"]) and r["time"] - c["time"] != theory:
            complain(f"{name}: {r['conn']} is established after {r['time'] - c['time']} ns, not {theory}")
    return n


def check_look_ups(name, way, records):
    """A look-up takes the sum of the round trips of its queries, wherever they are asked: one waits for the other."""
    late = {r["lookup"] for r in records if r["event"] in ("dns.timeout", "dns.give_up")}
    begun = {r["lookup"]: r for r in records if r["event"] == "dns.lookup"}
    n = 0
    for r in records:
        if r["event"] != "dns.result" or r["lookup"] in late:
            continue
        asked = [q for q in records if q["event"] == "dns.query" and q["lookup"] == r["lookup"]]
        theory = sum(way.round_trip(q["host"], q["peer"]) for q in asked)
        took = r["time"] - begun[r["lookup"]]["time"]
        n += 1
        if took != theory:
            complain(f"{name}: look-up {r['lookup']} took {took} ns; {len(asked)} round trips are {theory}")
    return n


# What is said, and what that is said to.
TURNS = {"smtp.command": ("smtp.reply",), "smtp.data": ("smtp.reply",), "smtp.reply": ("smtp.command", "smtp.data"),
         "pop3.command": ("pop3.reply",), "pop3.reply": ("pop3.command",),
         "imap.command": ("imap.reply",), "imap.reply": ("imap.command",),
         "http.request": (), "http.response": ("http.request",)}  # a page names objects, which are asked for one by one


def check_replies(name, way, records):
    """A command's way there, and the reply's way back: each is one-way, and nobody hesitates."""
    again = {r["conn"] for r in records if r["event"] == "tcp.retransmit"}
    said_with = {}  # what goes out with what: more than fits into a segment comes later
    for r in records:
        if r["event"] in TURNS:
            key = (r["conn"], r["host"], r["time"])
            said_with[key] = said_with.get(key, 0) + int(r.get("size", 0))
    n = 0
    for r in records:
        if r["event"] not in TURNS or r["conn"] in again:
            continue
        heard = next((c for c in chain(records, r) if c["event"] in TURNS[r["event"]] and c["conn"] == r["conn"]
                      and c["host"] == r["peer"]), None)
        if heard is None or way.is_rated(r["host"], r["peer"]) or said_with[heard["conn"], heard["host"], heard["time"]] > 1400:
            continue
        if r["time"] - heard["time"] > 5 * S:  # a telephone that waits for news
            continue
        n += 1
        if r["time"] - heard["time"] != way.delay(heard["host"], r["host"]):
            complain(f"{name}: record {r['seq']} comes {r['time'] - heard['time']} ns after what it answers")
    return n


def check_saved(name, way, records):
    """What is not fetched takes no time: that of its segments, headers and all, on the slowest link."""
    n = 0
    for r in records:
        if r["event"] == "agent.read" and "saved_s" in r:
            n += 1
            octets = r["saved"] + 40 * -(-r["saved"] // 1460)
            theory = 8 * octets * S // way.rates[r["host"]]
            if nanoseconds(r["saved_s"]) != theory:
                complain(f"{name}: {r['saved']} octets would have taken {r['saved_s']} s, not {theory / S}")
    return n


# ---- The main exchange of each scenario, as a lecturer would count it: (what, first record, last record, legs, seconds).
# A leg is (host, host, round trips). Without PIPELINING each command waits for its reply, and only the last way counts half:
# SYN and SYN ACK, greeting, EHLO, MAIL, each RCPT, DATA, and half a round trip until the message is there.

def smtp(recipients=1):
    return 1 + 1 + 1 + 1 + recipients + 1 + 0.5


OPEN = 1 + 1  # SYN and SYN ACK; the greeting
LISTED = OPEN + 5  # USER, PASS, STAT, LIST, UIDL


def pop3(messages, each):
    """Until QUIT has come to the server: of each message RETR, or RETR and DELE."""
    return LISTED + messages * each + 0.5


SELECTED = OPEN + 2  # LOGIN, SELECT


def slow(*lines):
    """Seconds at 64 kbit/s of segments that hold these octets, with 40 of headers."""
    return 8 * sum(n + 40 for n in lines) / 64000


ALICE, MAIL_A, DNS_A = "alice-pc", "mail.crepes.fr", "dns.crepes.fr"
MAIL_B, DNS_B, BACKUP = "mail.hamburger.edu", "dns.hamburger.edu", "backup.hamburger.edu"
BOB, PHONE, LAPTOP, WWW = "bob-pc", "bob-phone", "bob-laptop", "www.crepes.fr"
ROOT, EDU, COM, NS_B = "a.root-servers.net", "ns.nic.edu", "ns.nic.com", "ns.hamburger.edu"
SYNS = 1 + 2 + 4 + 8 + 16 + 32  # seconds until TCP gives up: the timeout doubles (RFC 6298)


def walk(client, local, *servers):
    return [(client, local, 1)] + [(local, server, 1) for server in servers]


SUBMIT = [(ALICE, MAIL_A, smtp())]
COLD_MX = walk(MAIL_A, DNS_A, ROOT, EDU, NS_B)
THEN_A = walk(MAIL_A, DNS_A, NS_B)  # who serves the zone is known by now
CACHED = walk(MAIL_A, DNS_A)
HAND_ON = [(MAIL_A, MAIL_B, smtp())]

TABLE = {
    "alice-to-bob": [
        ("a mail, all the way", "agent.compose", "mailbox.store", SUBMIT + COLD_MX + THEN_A + HAND_ON, 0)],
    "dns-iterated": [
        ("root, com, amazon.com", "dns.lookup", "dns.result", walk(ALICE, DNS_A, ROOT, COM, "ns.amazon.com"), 0)],
    "dns-recursive": [
        ("each asks the next", "dns.lookup", "dns.result",
         [(ALICE, DNS_A, 1), (DNS_A, ROOT, 1), (ROOT, COM, 1), (COM, "ns.amazon.com", 1)], 0)],
    "dns-caching": [
        ("cold", "dns.lookup lookup=l1", "dns.result lookup=l1", walk(ALICE, DNS_A, ROOT, EDU, NS_B), 0),
        ("cached", "dns.lookup lookup=l2", "dns.result lookup=l2", walk("chloe-pc", DNS_A), 0),
        ("another name of the zone", "dns.lookup lookup=l3", "dns.result lookup=l3", walk(ALICE, DNS_A, NS_B), 0),
        ("an old answer", "dns.lookup lookup=l4", "dns.result lookup=l4", walk(ALICE, DNS_A), 0),
        ("expired", "dns.lookup lookup=l5", "dns.result lookup=l5", walk(ALICE, DNS_A, NS_B), 0),
        ("a name that is none", "dns.lookup lookup=l6", "dns.result lookup=l6", walk(ALICE, DNS_A, NS_B), 0),
        ("and that is cached", "dns.lookup lookup=l7", "dns.result lookup=l7", walk("chloe-pc", DNS_A), 0)],
    "dns-aliases": [
        ("alias and address in one zone", "dns.lookup lookup=l1", "dns.result lookup=l1",
         walk(ALICE, DNS_A, ROOT, COM, "ns.enterprise.com"), 0),
        ("an alias into another zone", "dns.lookup lookup=l2", "dns.result lookup=l2",
         walk(ALICE, DNS_A, "ns.enterprise.com", ROOT, "ns.nic.net", "ns.hosting.net"), 0)],
    "dns-load-distribution": [
        ("another local server starts cold", "dns.lookup lookup=l2", "dns.result lookup=l2",
         walk("kenji-pc", "dns.sushi.jp", ROOT, COM, "ns.cnn.com"), 0),
        ("cached", "dns.lookup lookup=l4", "dns.result lookup=l4", walk(ALICE, DNS_A), 0)],
    "smtp-persistent": [
        ("the second mail needs no connection: MAIL, RCPT, DATA, and there", "mailbox.store mail=m1",
         "mailbox.store mail=m2", [(MAIL_A, MAIL_B, 0.5 + 3 + 0.5)], 0)],
    "two-recipients": [
        ("one more RCPT at each server", "agent.compose", "mailbox.store",
         [(ALICE, MAIL_A, smtp(2))] + COLD_MX + THEN_A + [(MAIL_A, MAIL_B, smtp(2))], 0)],
    "greylisting": [
        ("refused at RCPT: connection, greeting, EHLO, MAIL, RCPT", "agent.compose", "queue.defer",
         SUBMIT + COLD_MX + THEN_A + [(MAIL_A, MAIL_B, 5)], 0),
        ("the next attempt after ten minutes", "queue.add", "queue.attempt tries=2", [], 600),
        ("then it is let in", "queue.attempt tries=2", "mailbox.store", CACHED + CACHED + HAND_ON, 0)],
    "receiver-down-retry": [
        ("nobody answers the SYNs", "agent.compose", "queue.defer", SUBMIT + COLD_MX + THEN_A, SYNS),
        ("attempts are 30 minutes apart", "queue.attempt tries=1", "queue.attempt tries=4", [], 3 * 1800),
        ("the first one after the server is back", "queue.attempt tries=4", "mailbox.store",
         CACHED + CACHED + HAND_ON, 0)],
    "receiver-down-bounce": [
        ("five days", "queue.add queue=Q1", "queue.bounce", CACHED + CACHED, 5 * 86400 + SYNS)],
    "no-recourse": [
        ("straight to Bob's server", "agent.compose", "mailbox.store",
         walk(ALICE, DNS_A, ROOT, EDU, NS_B) + walk(ALICE, DNS_A, NS_B) + [(ALICE, MAIL_B, smtp())], 0),
        ("and into nothing", "agent.compose mail=m2", "agent.lost",
         walk(ALICE, DNS_A) + walk(ALICE, DNS_A), SYNS)],
    "mx-backup": [
        ("the first is tried, then the second", "agent.compose", f"queue.add host={BACKUP}",
         SUBMIT + COLD_MX + THEN_A + walk(MAIL_A, DNS_A, NS_B) + [(MAIL_A, BACKUP, smtp())], SYNS)],
    "bob-reads-pop3": [
        ("two users' and three list commands", "agent.ask", "agent.check", [(BOB, MAIL_B, LISTED)], 0),
        ("two messages fetched and marked; QUIT deletes", "agent.ask", "mailbox.delete", [(BOB, MAIL_B, pop3(2, 2))], 0)],
    "dot-stuffing": [
        ("RETR, dots and all", "agent.ask", "agent.read", [(BOB, MAIL_B, LISTED + 1)], 0)],
    "mime-quoted-printable": [
        ("decoding takes no time", "agent.ask", "agent.read", [(BOB, MAIL_B, LISTED + 1)], 0)],
    "mime-base64": [
        ("FETCH of the flags and of the message", "agent.ask", "agent.read", [(BOB, MAIL_B, SELECTED + 2)], 0)],
    "pop3-keep-two-devices": [
        ("one message, kept", "agent.ask", "agent.read", [(BOB, MAIL_B, LISTED + 1)], 0),
        ("known by its unique id", f"agent.ask time={1200 * S}", "agent.check", [(BOB, MAIL_B, LISTED)], 0),
        ("fetched again and deleted", f"agent.ask host={PHONE}", "mailbox.delete", [(PHONE, MAIL_B, pop3(1, 2))], 0),
        ("nothing to list", f"agent.ask time={3600 * S}", "agent.check", [(BOB, MAIL_B, LISTED - 2)], 0)],
    "mailbox-full": [
        ("refused at RCPT, for its size", "agent.compose mail=m3", "queue.defer",
         SUBMIT + CACHED + CACHED + [(MAIL_A, MAIL_B, 5)], 0),
        ("the next attempt after half an hour", "queue.add mail=m3", "queue.attempt tries=2", [], 1800),
        ("room is made meanwhile", "agent.ask", "mailbox.delete", [(BOB, MAIL_B, pop3(2, 2))], 0),
        ("and it comes in", "queue.attempt tries=2", "mailbox.store", CACHED + CACHED + HAND_ON, 0)],
    "imap-two-devices": [
        ("EXAMINE, FETCH, FETCH", f"agent.ask host={PHONE}", "agent.read", [(PHONE, MAIL_B, SELECTED + 2)], 0),
        ("the other one is told at once", "mailbox.flags", f"imap.reply peer={PHONE}", [], 0),
        ("EXISTS, DONE, FETCH, FETCH", "mailbox.store mail=m2", "agent.read mail=m2", [(PHONE, MAIL_B, 0.5 + 3)], 0),
        ("SEARCH, STORE, EXPUNGE", "agent.ask what=delete", "mailbox.delete", [(BOB, MAIL_B, SELECTED + 2 + 0.5)], 0)],
    "imap-folders-search": [
        ("LOGIN, CREATE", "agent.ask what=make_folder", "mailbox.folder", [(BOB, MAIL_B, OPEN + 1 + 0.5)], 0),
        ("SEARCH, MOVE", "agent.ask what=move", "mailbox.copy", [(BOB, MAIL_B, SELECTED + 1 + 0.5)], 0),
        ("SEARCH", "agent.ask what=search", "agent.found", [(BOB, MAIL_B, SELECTED + 1)], 0)],
    "imap-headers-slow-link": [
        ("only header lines: one round trip, and what they take at 64 kbit/s", "agent.check", "agent.read what=headers",
         [(LAPTOP, MAIL_B, 1)],
         slow(len("a4 UID FETCH 1 (BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)])\r\n"),
              len("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)] {140}\r\n") + 140 + len(")\r\n") +
              len("a4 OK UID FETCH completed\r\n"))),
        ("at home: SEARCH, FETCH, and the server reads BODY[]", f"agent.ask host={BOB}", "mailbox.flags",
         [(BOB, MAIL_B, SELECTED + 2 + 0.5)], 0)],
    "smtp-vs-http": [
        ("a page and three objects over one connection", "agent.ask", "http.page",
         walk(BOB, DNS_B, ROOT, "ns.nic.fr", "ns.crepes.fr") + [(BOB, WWW, 1 + 1 + 3)], 0)],
    "webmail": [
        ("the form, logging in, the folder, an empty mail, and it is posted", "agent.ask", "agent.compose",
         walk(ALICE, DNS_A, ROOT, "ns.nic.fr", "ns.crepes.fr") + [(ALICE, MAIL_A, 1 + 4 + 0.5)], 0),
        ("between the servers it is SMTP", "queue.add", "mailbox.store", COLD_MX + THEN_A + HAND_ON, 0),
        ("the form, logging in, the folder, the mail", f"agent.ask host={BOB}", "agent.read",
         walk(BOB, DNS_B, ROOT, EDU, NS_B) + [(BOB, MAIL_B, 1 + 4)], 0)],
    "wrong-password": [
        ("USER, PASS", "agent.ask method=pop3", "agent.fail", [(BOB, MAIL_B, OPEN + 2)], 0),
        ("LOGIN", "agent.ask method=imap", "agent.fail", [(BOB, MAIL_B, OPEN + 1)], 0),
        ("the form, and it comes back", "agent.ask method=web", "agent.fail",
         walk(BOB, DNS_B, ROOT, EDU, NS_B) + [(BOB, MAIL_B, 1 + 2)], 0),
        ("EHLO, AUTH, QUIT", "agent.compose mail=m2", "agent.lost", [(BOB, MAIL_B, OPEN + 3)], 0),
        ("AUTH costs a round trip", "agent.compose mail=m3", "queue.add", [(BOB, MAIL_B, smtp() + 1)], 0)],
    "lossy-link": [
        ("as far as the lossy link", "agent.compose", "dns.lookup", None, 0)],
}


def find(records, pattern, after=0):
    event, *conditions = pattern.split()
    for r in records[after:]:
        if r["event"] == event and all(str(r.get(k)) == v for k, v in (c.split("=") for c in conditions)):
            return r
    return None


def check_table(name, way, records):
    n = 0
    for what, first, last, legs, seconds in TABLE[name]:
        a = find(records, first)
        b = find(records, last, a["seq"] if a else 0)
        if a is None or b is None:
            complain(f"{name}: {what}: there is no {first if a is None else last}")
            continue
        n += 1
        if legs is None:
            continue
        theory = round(seconds * S) + sum(round(trips * way.round_trip(x, y)) for x, y, trips in legs)
        if b["time"] - a["time"] != theory:
            complain(f"{name}: {what}: {(b['time'] - a['time']) / S} s, not {theory / S} s")
    return n


packets = handshakes = look_ups = replies = saved = exchanges = 0
for scenario in scenarios():
    way, run = Map(expanded(scenario)), trace(f"scenarios/{scenario}.json")
    packets += check_packets(scenario, way, run)
    handshakes += check_handshakes(scenario, way, run)
    look_ups += check_look_ups(scenario, way, run)
    replies += check_replies(scenario, way, run)
    saved += check_saved(scenario, way, run)
    if scenario not in TABLE:
        complain(f"{scenario}: its main exchange is not in the table")
    else:
        exchanges += check_table(scenario, way, run)
if min(packets, handshakes, look_ups, replies, saved, exchanges) == 0:
    complain("nothing was looked at")
finish(f"{packets} packets, {handshakes} handshakes, {look_ups} look-ups, {replies} turns, {exchanges} exchanges")
