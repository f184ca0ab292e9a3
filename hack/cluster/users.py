"""Who asks: client certificates, tokens, and nobody."""
import base64, csv, dataclasses, hashlib, hmac, json, ssl

from cluster import clock
from cluster.failure import Failure

ISSUER = "https://kubernetes.default.svc.cluster.local"
AUDIENCE = "https://kubernetes.default.svc"


@dataclasses.dataclass
class User:
    name: str
    groups: tuple
    uid: str = ""
    extra: dict = dataclasses.field(default_factory=dict)

    @property
    def node(self):
        """The name of the node whose agent this is, or None."""
        prefix = "system:node:"
        return self.name.removeprefix(prefix) if self.name.startswith(prefix) and "system:nodes" in self.groups else None

    @property
    def info(self):
        rows = {"username": self.name, "uid": self.uid, "groups": list(self.groups), "extra": self.extra}
        return {key: value for key, value in rows.items() if value}


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    def __init__(self, directory, store, credentials):
        self.directory, self.store, self.credentials = directory, store, credentials

    def user_of(self, request):
        """The user of a request; one whose credentials are worth nothing is refused."""
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme.lower() == "bearer" and token:
            user, _ = self.of_token(token.strip())
            if user is None:
                raise Failure(401, "Unauthorized", "Unauthorized")
            return user
        if request.connection.certificate:
            return self.of_certificate(request.connection.certificate)
        return ANONYMOUS

    def of_certificate(self, certificate):
        now = clock.now()
        if not ssl.cert_time_to_seconds(certificate["notBefore"]) <= now <= ssl.cert_time_to_seconds(certificate["notAfter"]):
            raise Failure(401, "Unauthorized", "Unauthorized")
        rows = [pair for group in certificate["subject"] for pair in group]
        name = next((value for key, value in rows if key == "commonName"), "")
        groups = tuple(value for key, value in rows if key == "organizationName")
        return User(name, (*groups, "system:authenticated"))

    def of_token(self, token, audiences=()):
        """The user of a bearer token and the audiences that it is for; (None, ()) if it is worth nothing."""
        user = self.of_static_token(token) or self.of_bootstrap_token(token)
        if user:
            return user, tuple(audiences or (AUDIENCE,))
        return self.of_signed_token(token, tuple(audiences or (AUDIENCE,)))

    def of_static_token(self, token):
        """DIR/tokens.csv: token,user,uid,"group,group" a line, as --token-auth-file has it; read each time."""
        path = self.directory / "tokens.csv"
        if not path.exists():
            return None
        with open(path, newline="") as lines:
            for row in csv.reader(lines):
                if len(row) >= 3 and row[0] == token:
                    groups = filter(None, row[3].split(",")) if len(row) > 3 else ()
                    return User(row[1], (*groups, "system:authenticated"), row[2])
        return None

    def of_bootstrap_token(self, token):
        identity, _, secret = token.partition(".")
        stored = self.store.get("secrets", "kube-system", f"bootstrap-token-{identity}")
        if not stored:
            return None
        data = {key: base64.b64decode(value).decode() for key, value in stored.data.get("data", {}).items()}
        if data.get("token-secret") != secret or data.get("usage-bootstrap-authentication") != "true":
            return None
        groups = filter(None, data.get("auth-extra-groups", "").split(","))
        return User(f"system:bootstrap:{identity}", ("system:bootstrappers", *groups, "system:authenticated"))

    # Service account tokens: JSON Web Tokens signed with HMAC-SHA256 by a key that only this server has.

    def sign(self, claims):
        head = base64url(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        text = f"{head}.{base64url(json.dumps(claims).encode())}"
        return f"{text}.{base64url(hmac.digest(self.credentials.token_key, text.encode(), hashlib.sha256))}"

    def claims(self, token):
        try:
            text, _, signature = token.rpartition(".")
            right = hmac.digest(self.credentials.token_key, text.encode(), hashlib.sha256)
            if not hmac.compare_digest(right, from_base64url(signature)):
                return None
            return json.loads(from_base64url(text.partition(".")[2]))
        except ValueError:
            return None

    def of_signed_token(self, token, audiences):
        claims = self.claims(token)
        if not claims or not claims["nbf"] <= clock.now() < claims["exp"]:
            return None, ()
        shared = tuple(audience for audience in audiences if audience in claims["aud"])
        private = claims["kubernetes.io"]
        namespace = private["namespace"]
        account = self.store.get("serviceaccounts", namespace, private["serviceaccount"]["name"])
        bound = [("serviceaccounts", private["serviceaccount"])]
        bound += [(plural, private[kind]) for plural, kind in (("pods", "pod"), ("secrets", "secret")) if kind in private]
        if not shared or not account or not all(self.is_there(plural, namespace, one) for plural, one in bound):
            return None, ()
        extra = {"authentication.kubernetes.io/credential-id": [f"JTI={claims['jti']}"]}
        for kind in ("pod", "node"):
            if kind in private:
                extra[f"authentication.kubernetes.io/{kind}-name"] = [private[kind]["name"]]
                extra[f"authentication.kubernetes.io/{kind}-uid"] = [private[kind]["uid"]]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
        return User(claims["sub"], groups, private["serviceaccount"]["uid"], extra), shared

    def is_there(self, plural, namespace, reference):
        stored = self.store.get(plural, namespace, reference["name"])
        return bool(stored) and stored.data["metadata"]["uid"] == reference["uid"]
