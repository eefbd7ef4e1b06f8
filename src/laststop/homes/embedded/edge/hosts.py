"""Which `Host` a reader may name."""

import ipaddress

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """The host names the edge answers to, on any port.

    On a loopback address only loopback's own names pass, plus those allowed: a page elsewhere that rebinds
    its name to 127.0.0.1 is refused. On any other address every name passes, unless some are allowed by
    name.
    """

    def __init__(self, bound: str, allowed: tuple[str, ...]) -> None:
        """`bound` is the address listened on."""
        self._open = not is_loopback(bound) and not allowed
        own = f"[{bound}]" if ":" in bound else bound
        self._names = frozenset(name.lower().encode() for name in (*_LOOPBACK, own, *allowed))

    def accept(self, host: bytes) -> bool:
        """Whether a `Host` header's value is one of ours."""
        if self._open or host in self._names:
            return True
        name, colon, port = host.lower().rpartition(b":")
        if colon and (port.isdigit() or not port):
            return name in self._names
        return host.lower() in self._names


def is_loopback(host: str) -> bool:
    """Whether an address or name to bind stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
