"""What can go wrong between a gateway and Redis.

StoreError
 +-- StoreUnavailable   no answer now; the link comes back by itself
 |    +-- StoreRefusing Redis refuses for now: no memory, a script that runs for long
 |    +-- Stale         the gateway's lease is over; it comes back by itself
 +-- StoreRefused       no use to try again: wrong address, login, version
 +-- StoreRejected      Redis answered a command with an error
 +-- MoveRefused        the keys of a server cannot be copied to another Redis
Refused                 the answer to an act is no
"""


class StoreError(Exception):
    """The store could not do what was asked; the text is for a person."""


class StoreUnavailable(StoreError):
    """Redis cannot be reached now. Whether a call in flight took effect is unknown."""


class StoreRefused(StoreError):
    """Redis will not serve this gateway: address, login or version. Final."""


class StoreRejected(StoreError):
    """Redis answered a command with an error that is a bug, of this gateway or its set-up."""


class MoveRefused(StoreError):
    """`chatd migrate` cannot do it, or may not; nothing of the source has changed."""


class StoreRefusing(StoreUnavailable):
    """Redis refuses for now; what was asked has not happened.

    ``word`` is the first of Redis' answer, one of `chatd.store.refusing.REFUSALS`.
    """

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


class Stale(StoreUnavailable):
    """This gateway's lease is over: it has to come back before it may act."""


class Refused(Exception):
    """The store's answer to an act is no. ``word`` says why, ``details`` what the script added."""

    def __init__(self, word: str, *details: str) -> None:
        super().__init__(word, *details)
        self.word = word
        self.details = details
