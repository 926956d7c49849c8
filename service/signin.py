"""Sign-in: who asks, and in which roles.

On a laptop the built-in issuer signs short-lived tokens with a key of its own. A token of an
outside provider would be read here too, by a second function that makes a `Caller`.
"""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from domain.vocabulary import ActorId, UserId
from service.ids import is_id, type_id
from service.log.vault import derive

ISSUER: Final = "aanzet"
DEFAULT_LIFETIME: Final = timedelta(hours=8)
LONGEST_LIFETIME: Final = timedelta(days=7)
MANY_TOKENS: Final = 10_000
"""So many that were read are remembered; then it begins anew."""


class Role(StrEnum):
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    EVALUATOR = "evaluator"
    ACTOR = "actor"
    OPERATOR = "operator"


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks. The id is neither a name nor an identity provider's subject."""

    user: UserId
    roles: frozenset[Role]
    actor: ActorId | None = None
    """Whose own history and data they may see, in the role of an actor."""


class NotSignedIn(Exception):  # noqa: N818 - the caller's business
    """There is no token, or it is not one of ours, or its time is over."""


class Issuer:
    """Signs and reads tokens with an Ed25519 key derived from the service's secret."""

    def __init__(self, secret: bytes) -> None:
        self._subjects = derive(secret, "aanzet subjects")
        self._key = Ed25519PrivateKey.from_private_bytes(derive(secret, "aanzet tokens"))
        self._public = self._key.public_key()
        self._read: dict[str, tuple[Caller, float]] = {}
        """Who each token speaks for, to the letter, and until when."""

    def sign(
        self,
        subject: str,
        role: Role,
        *,
        actor: ActorId | None = None,
        lifetime: timedelta = DEFAULT_LIFETIME,
    ) -> str:
        """A token for one role, valid from now for a while."""
        now = datetime.now(UTC)
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": subject,
            "roles": [role],
            "iat": now,
            "exp": now + lifetime,
        }
        if actor:
            claims["actor"] = actor
        return jwt.encode(claims, self._key, algorithm="EdDSA")

    def read(self, token: str) -> Caller:
        """Who the token speaks for.

        Raises:
            NotSignedIn: saying why it is not taken, never repeating it.
        """
        known = self._read.get(token)
        if known and time.time() < known[1]:
            return known[0]
        claims = self._verified(token)
        if len(self._read) >= MANY_TOKENS:
            self._read.clear()
        caller = self._caller(claims)
        self._read[token] = caller, claims["exp"]
        return caller

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._public,
                algorithms=["EdDSA"],
                audience=ISSUER,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("The token's time is over; ask for a new one.") from None
        except jwt.InvalidTokenError:
            raise NotSignedIn("The token is not one that this service trusts.") from None

    def _caller(self, claims: dict[str, Any]) -> Caller:
        roles = frozenset(role for role in Role if role in claims.get("roles", ()))
        actor = claims.get("actor")
        if not isinstance(actor, str) or not is_id(actor, "actor"):
            actor = None
        return Caller(
            user=self._user(claims["iss"], claims["sub"]),
            roles=roles,
            actor=ActorId(actor) if actor else None,
        )

    def user(self, subject: str) -> UserId:
        """The id under which somebody whom we sign for records."""
        return self._user(ISSUER, subject)

    def _user(self, issuer: str, subject: str) -> UserId:
        """The same id for the same subject, from which the subject cannot be told."""
        digest = hashlib.blake2b(
            f"{issuer}\n{subject}".encode(errors="surrogatepass"),
            key=self._subjects,
            digest_size=16,
        ).digest()
        return UserId(type_id("user", UUID(bytes=digest)))
