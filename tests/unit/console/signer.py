"""Signs a request as an AWS client does; botocore's own signatures are in signatures.json."""

import hashlib
import hmac
from datetime import datetime

REGION = "eu-west-1"


def sign(
    body: bytes, *, target: str, host: str, key: str, secret: str, session: str = "", at: datetime
) -> list[tuple[str, str]]:
    """The headers of a signed `POST /`, without Host."""
    date = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-date": date, "x-amz-target": target}
    if session:
        headers["x-amz-security-token"] = session
    covered = dict(sorted({**headers, "host": host}.items()))
    names = ";".join(covered)
    lines = "".join(f"{name}:{value}\n" for name, value in covered.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date[:8]}/{REGION}/codepipeline/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    chain = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        chain = hmac.digest(chain, part.encode(), "sha256")
    signature = hmac.digest(chain, text.encode(), "sha256").hex()
    told = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return [*headers.items(), ("authorization", told)]
