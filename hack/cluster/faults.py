"""Faults on demand: what happens to requests that match, so many times or until it is cleared."""
import asyncio, dataclasses, re

from cluster.failure import Failure

REASONS = {"401": "Unauthorized", "403": "Forbidden", "404": "NotFound", "409": "Conflict", "410": "Expired", "422": "Invalid",
           "429": "TooManyRequests", "500": "InternalError", "503": "ServiceUnavailable", "504": "Timeout"}
KINDS = ("hang", "reset", "truncate", "slow", *REASONS)


class Reset(Exception):
    """The connection is to be reset."""


@dataclasses.dataclass
class Fault:
    """`match` is a regular expression for "METHOD TARGET", e.g. `^PATCH .*/status`."""
    kind: str
    match: str = ""
    times: int = 0  # 0: until cleared
    delay: float = 1  # seconds, of `slow`, and what `429` asks to wait
    user: str = ""  # only for users whose name this expression finds
    met: int = 0

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join(KINDS)}")
        re.compile(self.match), re.compile(self.user)

    def meets(self, request):
        who = request.user.name if request.user else ""
        return re.search(self.match, f"{request.method} {request.target}") and re.search(self.user, who)


class Faults:
    def __init__(self):
        self.all, self.watch_delay = [], 0

    async def meet(self, request):
        """Lets the first fault that matches happen; true if the answer is to be cut."""
        fault = next((one for one in self.all if one.meets(request)), None)
        if fault is None:
            return False
        fault.met += 1
        if fault.times and fault.met >= fault.times:
            self.all.remove(fault)
        match fault.kind:
            case "hang":
                while not request.connection.gone:
                    await asyncio.sleep(0.2)
                raise Reset
            case "reset":
                raise Reset
            case "429":
                seconds = max(1, round(fault.delay))
                raise Failure(429, REASONS["429"], "Too many requests, please try again later.",
                              {"retryAfterSeconds": seconds}, {"Retry-After": str(seconds)})
            case code if code in REASONS:
                raise Failure(int(code), REASONS[code], f"a fault of the test API server: {REASONS[code]}")
            case "slow":
                await asyncio.sleep(fault.delay)
        return fault.kind == "truncate"
