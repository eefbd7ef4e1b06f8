"""A token made on the command line, used over HTTP while `up` runs, and taken back."""

import http.client
import json
from urllib.parse import urlsplit

from e2e.workbench import RELEASED, project

ELSEWHERE = "console.example"


def ask(up, method, path, token="", body=None):
    connection = http.client.HTTPConnection(urlsplit(up.console_url).netloc, timeout=10)
    headers = {"Host": ELSEWHERE} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


def test_a_token_releases_a_version_until_it_is_revoked(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up("--allow-host", ELSEWHERE)
        made = pages.json("token", "new", "ci", "--scope", "release")
        token, path = made["token"], "/api/v1/catalog/rerank/1.0.0"
        body = {"type": "ranking", "phase": RELEASED}
        assert ask(up, "PUT", path, body=body)[0] == 401
        assert ask(up, "PUT", path, token, body)[0] == 201
        pages.wait_for_verdicts(1)
        assert ask(up, "GET", f"{path}/trace", token)[1]["verdict"] == "live"
        assert ask(up, "POST", "/api/v1/releases/lift", token)[0] == 403

        [line] = pages.json("token", "list")
        assert line["last_used_at"] is not None
        pages.run("token", "revoke", made["id"])
        assert ask(up, "GET", f"{path}/trace", token)[0] == 401
        assert token not in up.said + up.out.read_text()
        assert up.end() == 0
