"""The server's idea of the time: the machine's, and as much ahead as the setting `clock` says."""
import datetime, time

ahead = 0.0


def now():
    """Seconds since 1970."""
    return time.time() + ahead


def moment():
    return datetime.datetime.fromtimestamp(now(), datetime.timezone.utc)
