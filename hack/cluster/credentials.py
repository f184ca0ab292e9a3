"""Keys, certificates and kubeconfigs, made by openssl in the server's directory, once."""
import base64, hashlib, hmac, ipaddress, json, pathlib, secrets, subprocess, tempfile, time

from cluster import clock

KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
- name: swiftlet
  cluster:
    server: {server}
    certificate-authority-data: {authority}
contexts:
- name: {user}@swiftlet
  context:
    cluster: swiftlet
    user: {user}
current-context: {user}@swiftlet
users:
- name: {user}
  user:
{credentials}"""
CA_CONFIG = """[ca]
default_ca = this
[this]
database = {work}/index.txt
new_certs_dir = {work}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
email_in_dn = no
copy_extensions = none
[any]
organizationName = optional
commonName = supplied
[extensions]
keyUsage = critical, {key_usages}
extendedKeyUsage = {extended}
basicConstraints = critical, CA:FALSE
authorityKeyIdentifier = keyid
{names}
"""


def openssl(*words, **options):
    done = subprocess.run(["openssl", *(str(word) for word in words)], capture_output=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr.decode().strip()}")
    return done.stdout


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def stamp(seconds):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds))


class Credentials:
    """The directory's authority, and what was made with it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.authority, self.authority_key = self.directory / "ca.crt", self.directory / "ca.key"
        if not self.authority.exists():
            self.new_key(self.authority_key)
            openssl("req", "-x509", "-new", "-key", self.authority_key, "-subj", "/CN=kubernetes", "-days", 3650,
                    "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign", "-out", self.authority)
        self.token_key = self.secret("token.key", lambda: secrets.token_hex(32)).encode()
        self.bootstrap = self.secret("bootstrap.token", lambda: f"{secrets.token_hex(3)}.{secrets.token_hex(8)}")
        if not (self.directory / "kubelet-client.crt").exists():
            self.issue("kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client", "clientAuth")

    def secret(self, name, make):
        path = self.directory / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(make())
        return path.read_text()

    def new_key(self, path):
        path.touch(mode=0o600)
        path.write_bytes(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"))

    def issue(self, name, subject, extended, names="", seconds=365 * 86400):
        """Makes NAME.key and NAME.crt."""
        key, certificate = self.directory / f"{name}.key", self.directory / f"{name}.crt"
        self.new_key(key)
        request = openssl("req", "-new", "-key", key, "-subj", subject)
        certificate.write_bytes(self.sign(request, extended, names, seconds))

    def sign(self, request, extended, names="", seconds=365 * 86400, key_usages="digitalSignature"):
        """Signs a certificate request (PEM); it is valid from five minutes ago, or a tenth of its life if that is less."""
        now = clock.now()
        with tempfile.TemporaryDirectory() as work:
            work = pathlib.Path(work)
            (work / "index.txt").touch()
            (work / "request.pem").write_bytes(request)
            alternative = f"subjectAltName = {names}" if names else ""
            (work / "config").write_text(CA_CONFIG.format(work=work, extended=extended, key_usages=key_usages, names=alternative))
            return openssl("ca", "-batch", "-notext", "-config", work / "config", "-extensions", "extensions", "-preserveDN",
                           "-startdate", stamp(now - min(300, seconds / 10)), "-enddate", stamp(now + seconds),
                           "-cert", self.authority, "-keyfile", self.authority_key, "-in", work / "request.pem")

    def serve_at(self, *places):
        """The serving certificate; made at each start, since the address may be another one."""
        addresses = dict.fromkeys(["127.0.0.1", "::1", "10.96.0.1"])
        hosts = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
        for place in places:
            try:
                addresses[str(ipaddress.ip_address(place))] = None
            except ValueError:
                hosts.append(place)
        names = ",".join([*(f"IP:{item}" for item in addresses), *(f"DNS:{host}" for host in hosts)])
        self.issue("apiserver", "/CN=kube-apiserver", "serverAuth", names)

    def write_kubeconfigs(self, server, node):
        """Written at each start for the server's address; keys and certificates are made once."""
        self.write_certificate_config("admin", server, "kubernetes-admin", "/O=system:masters/CN=kubernetes-admin")
        self.write_certificate_config("kubelet", server, f"system:node:{node}", f"/O=system:nodes/CN=system:node:{node}")
        self.write_config("bootstrap", server, "kubelet-bootstrap", f"    token: {self.bootstrap}\n")

    def write_certificate_config(self, name, server, user, subject):
        key, certificate = self.directory / f"{name}.key", self.directory / f"{name}.crt"
        if not certificate.exists():
            self.issue(name, subject, "clientAuth")
        data = {"client-certificate-data": certificate, "client-key-data": key}
        lines = "".join(f"    {field}: {base64.b64encode(path.read_bytes()).decode()}\n" for field, path in data.items())
        self.write_config(name, server, user, lines)

    def write_config(self, name, server, user, lines):
        path = self.directory / f"{name}.conf"
        path.touch(mode=0o600)
        path.write_text(KUBECONFIG.format(server=server, authority=self.authority_data, user=user, credentials=lines))

    @property
    def authority_data(self):
        return base64.b64encode(self.authority.read_bytes()).decode()

    def cluster_info(self, server):
        """The data of kube-public/cluster-info: a kubeconfig without user, and its signature by the bootstrap token."""
        lines = ["apiVersion: v1", "clusters:", "- cluster:", f"    certificate-authority-data: {self.authority_data}",
                 f"    server: {server}", '  name: ""', "contexts: null", 'current-context: ""', "kind: Config",
                 "preferences: {}", "users: null", ""]
        text = "\n".join(lines)
        identity, _, secret = self.bootstrap.partition(".")
        head = encoded(json.dumps({"alg": "HS256", "kid": identity}, separators=(",", ":")).encode())
        signature = encoded(hmac.digest(secret.encode(), f"{head}.{encoded(text.encode())}".encode(), hashlib.sha256))
        return {"kubeconfig": text, f"jws-kubeconfig-{identity}": f"{head}..{signature}"}
