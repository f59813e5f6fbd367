"""The other side of a connection, spoken by Python's own HTTP: `client` asks our server, `server` answers our client.
The connection is file descriptor 3. Ends with status 0 if all is as it should be."""
import http.client
import http.server
import socket
import sys

sock = socket.socket(fileno=3)


def client():
    conn = http.client.HTTPConnection("www.crepes.fr")
    conn.sock = sock

    def ask(method, target, body=None, **more):
        conn.request(method, target, body, **more)
        r = conn.getresponse()
        return r, r.read()

    r, body = ask("GET", "/hello")
    assert (r.status, r.reason, r.version, body) == (200, "OK", 11, b"hello\r\n"), (r.status, body)
    assert r.getheader("Content-Length") == "7" and r.getheader("Date") == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert conn.sock is not None
    r, body = ask("GET", "/chunks")
    assert r.getheader("Transfer-Encoding") == "chunked" and body == b"x" * 10000, len(body)
    r, body = ask("HEAD", "/hello")
    assert r.getheader("Content-Length") == "7" and body == b""
    r, body = ask("POST", "/say", b"a" * 100000)
    assert body == b"a" * 100000
    r, body = ask("POST", "/say", iter([b"one, ", b"two, ", b"three"]), encode_chunked=True)
    assert body == b"one, two, three", body
    r, body = ask("GET", "/nothing")
    assert r.status == 204 and body == b"" and r.getheader("Content-Length") is None
    r, body = ask("GET", "/no%20such")
    assert r.status == 404 and b"404 Not Found" in body and r.getheader("Content-Type").startswith("text/html")
    r, body = ask("BREW", "/hello")
    assert r.status == 501
    r, body = ask("GET", "/hello", headers={"Connection": "close"})
    assert body == b"hello\r\n" and conn.sock is None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(body)

    def do_GET(self):
        self.answer(self.path.encode())

    do_HEAD = do_GET

    def answer(self, body):
        assert self.headers["Host"] == "www.crepes.fr"
        self.send_response(200)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            body = b"3\r\none\r\n3;x=y\r\ntwo\r\n0\r\nTrailer: z\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def server():
    Handler(sock, ("client", 0), None)


{"client": client, "server": server}[sys.argv[1]]()
