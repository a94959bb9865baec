"""The key of a run: whoever has it is a rank, nobody else is.

It is a private key and a certificate that it has signed itself, in one PEM file.  Every
connection is TLS 1.3; both ends show this certificate, prove that they have its key, and
accept no other.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fastavg.errors import ConfigError

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class RunKey:
    """A private key and its certificate.

    Parameters
    ----------
    pem : bytes
        Both, in PEM form; not shown by ``repr``.
    source : str, default 'the key'
        Where it comes from, for messages.

    Examples
    --------
    >>> RunKey(b"no key").context(server=True)
    Traceback (most recent call last):
    fastavg.errors.ConfigError: the key holds no private key with its certificate in PEM form
    """

    pem: bytes = field(repr=False)
    source: str = "the key"

    @classmethod
    def make(cls) -> RunKey:
        """A new key, on the curve P-256.

        Returns
        -------
        RunKey
            Good for ten years; made for one run.

        Raises
        ------
        ConfigError
            If the package cryptography is missing.
        """
        return cls(_new_pem())

    @classmethod
    def read(cls, path: str | Path) -> RunKey:
        """The key in a file.

        Parameters
        ----------
        path : str or Path
            A PEM file, as :meth:`write` or ``openssl req -x509`` makes it.

        Returns
        -------
        RunKey
            What the file holds.

        Raises
        ------
        ConfigError
            If the file cannot be read, or if every user of the machine can.
        """
        try:
            with open(path, "rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if mode & 0o007:
                    raise ConfigError(
                        f"key file {path} has mode {mode:03o}, so that every user of this machine "
                        f"can use it; chmod 600 {path} and a new key would be right"
                    )
                return cls(file.read(), f"key file {path}")
        except OSError as error:
            raise ConfigError(f"key file {path}: {error.strerror}") from None

    @classmethod
    def read_or_make(cls, path: str | Path, make: bool, seconds: float) -> RunKey:
        """The key in a file; a file that is missing is made, or waited for.

        Parameters
        ----------
        path : str or Path
            The file; it appears when it is complete, with mode 0600.
        make : bool
            Make it if it is missing, as rank 0 does; otherwise wait for it.
        seconds : float
            How long to wait, in seconds.

        Returns
        -------
        RunKey
            What the file holds.

        Raises
        ------
        ConfigError
            If the file does not come, or cannot be read or written.
        """
        deadline = time.monotonic() + seconds
        while not os.path.exists(path):
            if make:
                cls.make().write(path)
            elif time.monotonic() > deadline:
                raise ConfigError(
                    f"key file {path} is missing; rank 0 makes it where it is missing, and it "
                    "has to be brought to the other ranks unless they share a folder"
                )
            else:
                time.sleep(POLL_SECONDS)
        return cls.read(path)

    def write(self, path: str | Path) -> None:
        """Write it to a new file that only its owner can read.

        Parameters
        ----------
        path : str or Path
            Must not exist.

        Raises
        ------
        ConfigError
            If the file exists or cannot be written.
        """
        beside = f"{path}.{os.getpid()}"
        try:
            with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(self.pem)
            try:
                # Unlike a rename this never replaces a key that another rank may have read.
                os.link(beside, path)
            finally:
                os.unlink(beside)
        except OSError as error:
            raise ConfigError(f"key file {path}: {error.strerror}") from None

    def context(self, server: bool) -> ssl.SSLContext:
        """TLS by this key.

        Parameters
        ----------
        server : bool
            For the end that accepts connections.

        Returns
        -------
        ssl.SSLContext
            Shows the certificate, and accepts no other.

        Raises
        ------
        ConfigError
            If it is no key.
        """
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.check_hostname = False
        made.verify_mode = ssl.CERT_REQUIRED
        if server:
            # Tickets that nobody reads would turn the end of a connection into a reset.
            made.num_tickets = 0
        try:
            made.load_verify_locations(cadata=self.pem.decode("ascii", "replace"))
            with _as_file(self.pem) as path:
                made.load_cert_chain(path)
        except (ssl.SSLError, ValueError):
            raise ConfigError(
                f"{self.source} holds no private key with its certificate in PEM form"
            ) from None
        return made


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    # The library reads keys from files only; this one is never on a disk.
    descriptor = os.memfd_create("fastavg-key", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _new_pem() -> bytes:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise ConfigError(
            "a new key is made with the package cryptography, which pip install 'fastavg[tcp]' "
            "brings; openssl req -x509 makes one, too"
        ) from None
    import datetime

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fastavg")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        # The clocks of machines differ.
        .not_valid_before(now - day).not_valid_after(now + 3650 * day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
