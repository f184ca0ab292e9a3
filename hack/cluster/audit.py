"""What was asked and what was wrong with it: lines in DIR/audit.jsonl and DIR/violations.jsonl, in order."""
import datetime, json


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Audit:
    def __init__(self, directory):
        self.requests = open(directory / "audit.jsonl", "ab", buffering=0)
        self.violations = open(directory / "violations.jsonl", "ab", buffering=0)

    def line(self, file, row):
        row = {key: value for key, value in row.items() if value not in (None, "", b"")}
        file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    def request(self, request, verb, code, status=None):
        """One request. Watches are written when they begin, all else when it is answered."""
        self.line(self.requests, {
            "at": now(), "verb": verb, "uri": request.target, "user": getattr(request.user, "name", None), "code": code,
            "userAgent": request.header("user-agent"), "contentType": request.header("content-type"),
            "request": body_of(request), "response": status})

    def violation(self, request, problems):
        self.line(self.violations, {
            "at": now(), "user": request.user.name, "method": request.method, "uri": request.target, "problems": problems,
            "request": body_of(request)})


def body_of(request):
    """The body as JSON, or as the text that it is."""
    try:
        return json.loads(request.body)
    except ValueError:
        return request.body.decode(errors="replace")
