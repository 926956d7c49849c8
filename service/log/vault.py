"""The vault's lock: sealed values encrypted under a key of their owner (AES-256-GCM).

Each owner's key is itself wrapped under the service's secret, so that neither the database
alone nor the secret alone opens a value. Deleting the owner's key erases what lies under it.
"""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.log.chance import random_bytes

Lock = Callable[[bytes, str], bytes]
"""Encrypts a value under one key; the label (where it belongs) is authenticated with it."""
Unlock = Callable[[bytes, str], bytes]
"""Decrypts what was encrypted so."""

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


def derive(secret: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, so that one secret serves several."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)


def new_key() -> bytes:
    return random_bytes(KEY_BYTES)


def lock(key: bytes, value: bytes, label: str) -> bytes:
    """Encrypt; the label (where it belongs) is authenticated with it."""
    return locking(key)(value, label)


def locking(key: bytes) -> Lock:
    """`lock` for many values under one key, which is made ready once."""
    encrypt = AESGCM(key).encrypt

    def locked(value: bytes, label: str) -> bytes:
        nonce = random_bytes(NONCE_BYTES)
        return nonce + encrypt(nonce, value, label.encode())

    return locked


def unlock(key: bytes, locked: bytes, label: str) -> bytes:
    """Decrypt.

    Raises:
        cryptography.exceptions.InvalidTag: if key, value or label are not those it was locked with.
    """
    return unlocking(key)(locked, label)


def unlocking(key: bytes) -> Unlock:
    """`unlock` for many values under one key, which is made ready once."""
    decrypt = AESGCM(key).decrypt

    def unlocked(locked: bytes, label: str) -> bytes:
        return decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], label.encode())

    return unlocked
