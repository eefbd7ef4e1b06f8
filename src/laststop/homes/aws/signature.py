"""Signature version 4, for requests whose path and headers need no escaping of their own.

Source: AWS "Signature Version 4 for API requests"; tests compare every result with botocore's own signer.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from laststop.homes.aws.credentials import Keys
from laststop.words.instants import Instant

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed(
    *,
    method: str,
    host: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    keys: Keys,
    service: str,
    region: str,
    at: Instant,
) -> dict[str, str]:
    """The given headers, those that the signature needs, and the signature.

    `path` begins with a slash and has no query; `host` is as the `Host` header says it, with a port that is
    not the usual one.
    """
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    sent = {**headers, "Host": host, "X-Amz-Date": moment}
    if keys.session_token:
        sent["X-Amz-Security-Token"] = keys.session_token
    spelled = sorted((name.lower(), " ".join(value.split())) for name, value in sent.items())
    names = ";".join(name for name, _ in spelled)
    canonical = "\n".join(
        (
            method,
            quote(path, safe="/-_.~"),
            "",
            *(f"{name}:{value}" for name, value in spelled),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in (moment[:8], region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    sent["Authorization"] = (
        f"{_ALGORITHM} Credential={keys.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return sent
