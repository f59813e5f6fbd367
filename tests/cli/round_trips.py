#!/usr/bin/env python3
"""Every moment of a trace is where theory puts it, to the nanosecond. From the links' delays this program works out the
shortest paths, and from those how long each packet, handshake, look-up, SMTP command and whole mail takes."""
import heapq
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_common import complain, duration, expanded, finish, scenarios, trace  # noqa: E402

S = 10**9


class Map:
    """Hosts and links of an expanded scenario: one-way delays along the shortest paths."""

    def __init__(self, scenario):
        self.links = {}
        self.rated = set()
        for link in scenario.get("links", []):
            a, b = link["between"]
            delay = duration(link["delay"])
            self.links.setdefault(a, {})[b] = delay
            self.links.setdefault(b, {})[a] = delay
            if link["rate"] != "none":
                self.rated |= {(a, b), (b, a)}
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
        if took != theory if not way.is_rated(sent["host"], r["host"]) else took <= theory:
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


def check_replies(name, way, records):
    """A command's way there, and the reply's way back: each is one-way, and nobody hesitates."""
    again = {r["conn"] for r in records if r["event"] == "tcp.retransmit"}
    n = 0
    for r in records:
        if r["event"] not in ("smtp.reply", "smtp.command") or r["conn"] in again:
            continue
        said = ("smtp.command", "smtp.data") if r["event"] == "smtp.reply" else ("smtp.reply",)
        heard = next((c for c in chain(records, r) if c["event"] in said and c["conn"] == r["conn"]
                      and c["host"] == r["peer"]), None)
        if heard is None or way.is_rated(r["host"], r["peer"]) or int(heard.get("size", 0)) > 1400:
            continue
        n += 1
        if r["time"] - heard["time"] != way.delay(heard["host"], r["host"]):
            complain(f"{name}: record {r['seq']} comes {r['time'] - heard['time']} ns after what it answers")
    return n


# ---- The main exchange of each scenario, as a lecturer would count it: (what, first record, last record, legs, seconds).
# A leg is (host, host, round trips). Without PIPELINING each command waits for its reply, and only the last way counts half:
# SYN and SYN ACK, greeting, EHLO, MAIL, each RCPT, DATA, and half a round trip until the message is there.

def smtp(recipients=1):
    return 1 + 1 + 1 + 1 + recipients + 1 + 0.5


ALICE, MAIL_A, DNS_A = "alice-pc", "mail.crepes.fr", "dns.crepes.fr"
MAIL_B, DNS_B, BACKUP = "mail.hamburger.edu", "dns.hamburger.edu", "backup.hamburger.edu"
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
        theory = seconds * S + sum(round(trips * way.round_trip(x, y)) for x, y, trips in legs)
        if b["time"] - a["time"] != theory:
            complain(f"{name}: {what}: {(b['time'] - a['time']) / S} s, not {theory / S} s")
    return n


packets = handshakes = look_ups = replies = exchanges = 0
for scenario in scenarios():
    way, run = Map(expanded(scenario)), trace(f"scenarios/{scenario}.json")
    packets += check_packets(scenario, way, run)
    handshakes += check_handshakes(scenario, way, run)
    look_ups += check_look_ups(scenario, way, run)
    replies += check_replies(scenario, way, run)
    if scenario not in TABLE:
        complain(f"{scenario}: its main exchange is not in the table")
    else:
        exchanges += check_table(scenario, way, run)
if min(packets, handshakes, look_ups, replies, exchanges) == 0:
    complain("nothing was looked at")
finish(f"{packets} packets, {handshakes} handshakes, {look_ups} look-ups, {replies} SMTP turns, {exchanges} exchanges")
