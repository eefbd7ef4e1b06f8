"""Reads a page strictly, as no browser would."""

from html.parser import HTMLParser

from unit.console.console_workbench import ask

HOSTILE = "<script>alert(1)"
VOID = {"meta", "link", "br", "img", "input", "path", "circle", "rect"}


class Reader(HTMLParser):
    """Checks that elements nest, and keeps the words and the addresses."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.tags, self.addresses, self.ids = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("href", "action")]
        self.ids += [value for name, value in attributes if name == "id"]
        assert not [name for name, _ in attributes if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def read(bench, path, status=200):
    answer = ask(bench.app(), "GET", path)
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Reader(answer.text)
    assert page.tags.count("main") == 1
    assert page.tags.count("h1") == 1
    assert page.tags.count("script") == 1  # live.js, and nothing that a name smuggled in
    assert "img" not in page.tags
    assert len(page.ids) == len(set(page.ids))
    return page
