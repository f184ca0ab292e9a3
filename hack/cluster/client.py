"""A small client of the test API server, for its own tests and for scripts."""
import http.client, json, pathlib, ssl


class Client:
    """Requests as one of the server's users: the name of a certificate in its directory, or a bearer token."""

    def __init__(self, directory, user="admin", token=None):
        self.directory, self.token = pathlib.Path(directory), token
        self.context = ssl.create_default_context(cafile=self.directory / "ca.crt")
        if user and not token:
            self.context.load_cert_chain(self.directory / f"{user}.crt", self.directory / f"{user}.key")
        self.connection = None

    def connect(self, timeout=20):
        port = int((self.directory / "port").read_text())
        return http.client.HTTPSConnection("127.0.0.1", port, context=self.context, timeout=timeout)

    def open(self, method, path, body=None, kind="application/json", connection=None, **headers):
        """The answer, unread; on a connection of its own unless one is given."""
        connection = connection or self.connect()
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        text = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(method, path, text, {"Content-Type": kind, **headers})
        return connection.getresponse()

    def ask(self, method, path, body=None, kind="application/json", **headers):
        """(code, object) of one request; connections are kept."""
        self.connection = self.connection or self.connect()
        answer = self.open(method, path, body, kind, self.connection, **headers)
        self.headers, text = answer.headers, answer.read()
        return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else text.decode()

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body):
        return self.ask("POST", path, body)

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def delete(self, path, **options):
        return self.ask("DELETE", path, options or None)

    def patch(self, path, body, kind="strategic-merge"):
        return self.ask("PATCH", path, body, f"application/{kind}-patch+json")

    def watch(self, path, **parameters):
        return Events(self, path, parameters)


class Events:
    """A watch's events, one by one."""

    def __init__(self, client, path, parameters):
        query = "&".join(f"{key}={value}" for key, value in {"watch": "true", **parameters}.items())
        self.answer = client.open("GET", f"{path}{'&' if '?' in path else '?'}{query}")
        self.code = self.answer.status

    def next(self):
        """(type, object) of the next event, or None at the end."""
        line = self.answer.readline()
        row = json.loads(line) if line else None
        return row and (row["type"], row["object"])

    def until(self, kind):
        """All events until one of this type, which is the last."""
        rows = []
        while row := self.next():
            rows.append(row)
            if row[0] == kind:
                break
        return rows

    def close(self):
        self.answer.close()
