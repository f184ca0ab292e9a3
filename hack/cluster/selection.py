"""Label and field selectors: text to a function that says whether an object is meant."""
import re

from cluster.failure import bad_request

SET = re.compile(r"^\s*(?P<key>[^\s!=,()]+)\s+(?P<word>in|notin)\s*\((?P<values>[^)]*)\)\s*$")
TERM = re.compile(r"^\s*(?P<key>[^\s!=,]+)\s*(?P<sign>==|!=|=)\s*(?P<value>[^\s=!]*)\s*$")


def selection(resource, namespace, name, labels, fields):
    """One function for all that a request selects by."""
    tests = [*label_tests(labels or ""), *field_tests(resource, fields or "")]
    if namespace:
        tests.append(lambda data: data["metadata"].get("namespace") == namespace)
    if name:
        tests.append(lambda data: data["metadata"]["name"] == name)
    return lambda data: all(test(data) for test in tests)


def terms(text):
    """Splits at commas that stand in no parentheses."""
    return [term for term in re.split(r",(?![^(]*\))", text) if term.strip()]


def label_tests(text):
    return [label_test(term) for term in terms(text)]


def label_test(term):
    def labels(data): return data["metadata"].get("labels") or {}
    if match := SET.match(term):
        key, values = match["key"], {value.strip() for value in match["values"].split(",")}
        if match["word"] == "in":
            return lambda data: labels(data).get(key) in values
        return lambda data: labels(data).get(key) not in values
    if match := TERM.match(term):
        key, value = match["key"], match["value"]
        if match["sign"] == "!=":
            return lambda data: labels(data).get(key) != value
        return lambda data: labels(data).get(key) == value
    key = term.strip()
    if re.fullmatch(r"![^\s!=(),]+", key):
        return lambda data: key[1:] not in labels(data)
    if re.fullmatch(r"[^\s!=(),]+", key):
        return lambda data: key in labels(data)
    raise bad_request(f"unable to parse requirement: {term!r}")


def field_terms(text):
    """(field, whether equal, value) of each term."""
    rows = []
    for term in terms(text):
        if not (match := TERM.match(term)):
            raise bad_request(f"invalid selector: {term!r}; can't understand {term!r}")
        rows.append((match["key"], match["sign"] != "!=", match["value"]))
    return rows


def field_tests(resource, text):
    return [field_test(resource, *term) for term in field_terms(text)]


def field_test(resource, field, equal, value):
    if not resource.supports(field):
        raise bad_request(f"field label not supported: {field}")
    path = {"source": "source.component"}.get(field, field).split(".")

    def test(data):
        for part in path:
            data = data.get(part) if isinstance(data, dict) else None
        text = "" if data is None else str(data).lower() if isinstance(data, bool) else str(data)
        return (text == value) == equal
    if field == "spec.unschedulable" and value == "false":
        return lambda data: bool(data.get("spec", {}).get("unschedulable")) != equal
    return test
