"""The client's side of SCRAM, of another implementation."""

from __future__ import annotations

from base64 import b64decode, b64encode

from scramp import ScramClient


class Scram:
    """Logs in step by step; each method takes and gives what AUTHENTICATE carries.

    ``authzid``: as whom to act, in the form of a gs2 header.
    """

    def __init__(self, name: str, password: str) -> None:
        self._client = ScramClient(["SCRAM-SHA-256"], name, password)
        self.nonce = str(self._client.c_nonce)

    def first(self) -> str:
        """The client's first message."""
        return b64encode(self._client.get_client_first().encode()).decode()

    def final(self, challenge: str) -> str:
        """The client's proof, after the server's first message."""
        self._client.set_server_first(b64decode(challenge).decode())
        return b64encode(self._client.get_client_final().encode()).decode()

    def check(self, challenge: str) -> None:
        """Check that the server knows the password too."""
        self._client.set_server_final(b64decode(challenge).decode())


def words(challenge: str) -> dict[str, str]:
    """What a message of the server says: r, s and i, or v."""
    parts = b64decode(challenge).decode().split(",")
    return {part[0]: part[2:] for part in parts}
