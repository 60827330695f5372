"""Which files can matter: bytes only, so that nothing is parsed for the rest."""

from outbox_guard.sieve.earlier import Earlier, digest
from outbox_guard.sieve.passing import LAYING_OUT, Sieve
from outbox_guard.sieve.sifting import Sifted, handed_on, sift

__all__ = ["LAYING_OUT", "Earlier", "Sieve", "Sifted", "digest", "handed_on", "sift"]
