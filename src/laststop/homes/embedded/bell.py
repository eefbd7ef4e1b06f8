"""How one process tells the server that there is something to look at: a datagram on the loopback."""

import contextlib
import socket
import threading

from laststop.homes.embedded.lock import Holder

HOST = "127.0.0.1"
CLOSE_SECONDS = 1.0


class Bell:
    """The server's side: wakes whoever waits; a lost ring costs at most one look-around interval."""

    def __init__(self) -> None:
        """Listen on a free loopback port."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._port = int(self._socket.getsockname()[1])
        self._rung = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._listen, name="bell", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The loopback port that rings it."""
        return self._port

    def ring(self) -> None:
        """Wake the waiter from inside this process."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Sleep until somebody rings, or so long; True when somebody rang. Rings together count once."""
        if not self._rung.wait(max(seconds, 0)):
            return False
        self._rung.clear()  # who rings from here on is heard the next time; who rang before is looked at now
        return True

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        _send(self._port)  # closing a socket does not wake the thread that reads it
        self._thread.join(CLOSE_SECONDS)
        self._socket.close()

    def _listen(self) -> None:
        while not self._closed:
            try:
                self._socket.recv(16)
            except OSError:
                return
            self.ring()


def ring(holder: Holder | None) -> None:
    """Tell the server, if there is one, that the store has changed.

    Limit: what was written stands already, so a ring that cannot be sent is let go; the server looks around
        by itself every second.
    """
    if holder is not None and holder.bell_port:
        _send(holder.bell_port)


def _send(port: int) -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"look", (HOST, port))
