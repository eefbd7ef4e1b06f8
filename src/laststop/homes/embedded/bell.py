"""How one process tells the server that there is something to look at: a datagram on the loopback."""

import queue
import socket
import threading

from laststop.homes.embedded.lock import Holder

HOST = "127.0.0.1"


class Bell:
    """The server's side: wakes whoever waits; a lost ring costs at most one look-around interval."""

    def __init__(self) -> None:
        """Listen on a free loopback port."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._rung: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="bell", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The loopback port that rings it."""
        return int(self._socket.getsockname()[1])

    def ring(self) -> None:
        """Wake the waiter from inside this process."""
        self._rung.put(None)

    def wait(self, seconds: float) -> bool:
        """Sleep until somebody rings, or so long; True when somebody rang. Rings together count once."""
        try:
            self._rung.get(timeout=max(seconds, 0))
        except queue.Empty:
            return False
        while not self._rung.empty():
            self._rung.get()
        return True

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                if not self._socket.recv(16):
                    continue
            except OSError:
                return
            self.ring()


def ring(holder: Holder | None) -> None:
    """Tell the server, if there is one, that the store has changed."""
    if holder is None or not holder.bell_port:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"look", (HOST, holder.bell_port))
