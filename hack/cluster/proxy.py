"""To the node's agent: logs, exec, attach, port forwarding, and its own API."""


class Proxy:
    def __init__(self, server):
        self.server = server
