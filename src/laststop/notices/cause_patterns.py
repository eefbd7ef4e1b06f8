"""How much one line of a log tells about why a command failed.

The weight of a line follows from the words that tools share: `error:` at its head, the name of an exception,
an operating system's own sentence (`No such file or directory`). A few rules know one tool. Warnings, passed
tests and counts of nothing weigh nothing, and lines that only say *that* something failed weigh least.
"""

import enum
import re

HEAD_CHARACTERS = 300
"""How much of a line is looked at; a reason stands at its head."""


class Weight(enum.IntEnum):
    """What a line tells, ascending."""

    NOTHING = 0
    CLOSING = 1
    """That something failed: `make: *** [all] Error 1`, `2 failed`."""
    WORD = 2
    """A word of failure somewhere: worth something where a failure is known and nothing else tells."""
    SIGN = 3
    """A sentence about a failure, which may have been tolerated: `cat: x: No such file or directory`."""
    CAUSE = 4
    """What a tool gives as its reason."""


# Sequences that begin with ESC: colours and cursor moves, titles and links, then two-character ones.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]?|\][^\x07\x1b]*+(?:\x07|\x1b\\)?|[ -/]*+[0-Z\\^-~]?)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")

# What loggers and runners put before a line.
_LABEL = re.compile(
    r"""(?x)
    (?: \[?(?:\d{4}-\d\d-\d\d[T\s])?\d\d?:\d\d:\d\d[^\s\]]*\]?  # the time
      | \#\d+\s\d+\.\d+                                         # BuildKit: step and seconds
      | \[\d+\]                                                # the number of a task
      | [|│]
    )\s+
    """
)

# --- lines that are never a cause ---

_NOISE = re.compile(
    r"""(?x)
    \s*(?:[✓✔√]|ok\s\d+\b|PASS\b)               # a test that passed
    | .*\b(?:PASSED|XFAIL|XPASS|SKIPPED)\b(?!.*[1-9]\d*\sfailed)
    | .*\.\.\.\s?ok$
    | \s*\(!\)                                    # how rollup begins a warning
    | \s+at\s | \s*File\s" | \s*\d+\s?[:|│]\s     # frames and quoted source
    | (?i:npm\s(?:notice|info|http|verb|sill)|note:|hint:|help:|info\b|\[info\]|debug\b|\[debug\])
    | \S+\.\w+\s+[\d.,]+\s?[kKM]?i?B\b            # a file and its size
    | (?:\++|>)\s                                 # a command, shown before it runs
    """
)
_TOLERATED = re.compile(r"make(?:\[\d+\])?: .*\(ignored\)$")
_WARNING = re.compile(r"(?i:\bwarn(?:ing)?s?\b|\bdeprecat)|\w(?:Warning|WARN)\b")
_ERROR = re.compile(r"(?i:\berr(?:or|!)?\b|\bfatal\b)|\w(?:Error|Exception)\b")

# --- success; these and the patterns in words below are matched against lower case ---

_SUCCESS_STEMS = (
    "success", "succeed", "built in", "up to date", "compiled", "done in", "finish", "complet", "pass",
    "added ", "changed ", "0", "no ", "zero", "without",
)  # fmt: skip

_NONE_OF_THEM = re.compile(
    r"""(?x)
    \b(?:0|no|zero|without(?:\sany)?)\s(?:\w+\s)?(?:errors?|failures?|failed|failing|problems?)\b
    | \b(?:errors?|failures?|failed|fail)\b\W{1,3}0\b
    """
)
_SUCCESS = re.compile(
    r"""(?x)
    \b(?:success(?:ful(?:ly)?)?|succeeded|built\sin|up\sto\sdate|compiled|done\sin|finished|completed?)\b
    | \b[1-9]\d*\spass(?:ed|ing)\b | ^(?:added|changed)\s\d+\spackages?\b
    """
)
_UNDONE = re.compile(r"\b(?:fail\w*|err(?:or)?s?|not|un\w+)\b|^(?:\++|>)\s")

# --- failure, from the least telling on ---

_STEMS = (
    "abort", "address", "broken", "can't", "cannot", "certificate", "closed", "conflict", "connection",
    "corrupt", "could", "denied", "directory", "err", "exce", "exist", "exit", "expired", "fail", "fatal",
    "forbidden", "format", "illegal", "invalid", "kill", "memory", "missing", "name", "network", "no ",
    "not ", "panic", "quota", "read-only", "refused", "reject", "resolve", "segmentation", "timed", "timeout",
    "unable", "unauthor", "undefined", "unexpected", "unknown", "unrecog", "unsupported", "*** [",
)  # fmt: skip
"""A line without any of these, in lower case, matches none of the patterns below: the cheap look first."""

_PLACE = re.compile(r"\s*\S*\.[A-Za-z]\w*:\d+:")
"""`src/page.py:3:1: ...`, the one shape of a complaint that needs no word."""

_CLOSING = re.compile(
    r"""(?x)
    \belifecycle\b | \blifecycle\sscript\b | \ba\scomplete\slog\sof\sthis\srun\b
    | \bexit(?:ed)?\b.{0,20}\b(?:code|status)\b | \bnon-zero\sexit\b | \bcommand\sfailed\b
    | \*\*\*\s\[[^\]]*\]\s | \bdue\sto\s(?:\d+\s)?previous\serrors? | \bcould\snot\scompile\b
    | \bcompilation\s(?:terminated|failed)\b | \btreated\sas\serrors\b
    | ^\W*(?:the\s)?(?:build|compilation|compile|linting|tests?|job|script)\s(?:\S+\s)?(?:failed|failure)\b
    | ^\W*failed\sto\scompile | ^error:\ssubprocess-exited-with-error | \bfailed\sbuilding\swheel\b
    | ^error:\sfailed\sto\spush | ^automatic\smerge\sfailed | ^error:\scould\snot\sapply
    | ^fatal:\scould\snot\sread\sfrom\sremote | ^please\smake\ssure\syou\shave
    | ^typeerror:\sfetch\sfailed | ^[\s|+-]*\w*exceptiongroup: | ^traceback\b | ^systemexit\b
    """
)
_COUNT = re.compile(r"\b[1-9]\d* (?:\w+ )?(?:errors?|failed|failures?|failing|problems?)\b")

_WORD = re.compile(
    r"""(?x)
    \b(?:cannot|can't|could\s?n[o']t|unable|fail(?:ed|ure|s)?|not\s(?:found|allowed|supported)|no\ssuch
      |no\smatch\w*|denied|refused|reject(?:ed|s)|invalid|unexpected|unrecognized|unknown|undefined|missing
      |unsupported|timed\sout|timeout|abort(?:ed|ing)?|exceed(?:s|ed)|expired|conflict\w*|corrupt\w*|illegal
      |forbidden|unauthorized|does\s?n[o']t\s(?:exist|match)|(?:error|exception)(?![.(])|quota|killed|closed)\b
    """
)

_SIGN = re.compile(
    r"""(?x)
    \b(?:E(?:NOENT|ACCES|PERM|EXIST|ISDIR|NOTDIR|CONNREFUSED|CONNRESET|TIMEDOUT|NOTFOUND|AI_AGAIN|MFILE
      |ADDRINUSE|PIPE|ROFS)|ERR_[A-Z_0-9]{3,})\b
    | ^(?:ERROR|FATAL|CRITICAL)\b | \b(?:ERROR|FATAL|CRITICAL)\s
    | :\s(?:Module\snot\sfound|Can't\sresolve) | ^Could\snot\sresolve\s
    """
)
_SYSTEM_SENTENCE = re.compile(
    r"""(?x)
    no\ssuch\sfile | permission\sdenied | not\sfound$ | command\snot\sfound | is\sa\sdirectory
    | not\sa\sdirectory | connection\s(?:refused|reset) | timed\sout | resolve\shost
    | name\sor\sservice\snot\sknown | temporary\sfailure | format\serror | operation\snot\spermitted
    | file\sexists | address\salready\sin\suse | broken\spipe | network\sis\sunreachable
    | no\sroute\sto\shost | certificate | no\srule\sto\smake
    """
)

_PYTEST = re.compile(r"E {2,}\S")
_EXCEPTION = re.compile(
    r"""(?x)
    [\s>|+-]*(?:\[cause\]:\s|Caused\sby:\s|Uncaught\s|Unhandled\s|Exception\sin\sthread\s"[^"]*"\s)?
    (?:[A-Za-z_$][\w$]*(?:\.|::)){0,9}(?:[A-Z][\w$]{0,80})?(?:Error|Exception)(?:\s\[[A-Z_0-9]+\])?(?::\s|:?$)
    """
)
_REASON = re.compile(
    r"""(?x)
    \s*(?:fatal|panic):\s\S
    | (?:\S+?[:(]\d+(?:[:,]\d+)*\)?:?\s)?(?:\w+\s)?(?i:(?:fatal\s)?error)(?:\[\w+\]|\s[A-Z]+\d+)?:\s*\S
    | \S+:\s(?:fatal\s)?error:\s
    | \s*\W{0,2}\s?\[(?i:error)\]\s+\S | \s*ERR(?:OR|!)\s+\S | error\s[A-Z]
    | .*\berror\sTS\d+:
    | \s+\d+:\d+\s+error\s                            # eslint
    | \s!\s\[(?:remote\s)?rejected\] | CONFLICT\s\(   # git
    | \s*(?:.*:\s(?:line\s)?\d+:?\s+(?:\d+\s)?)?Killed\b
    | .*(?:No\sspace\sleft\son\sdevice|Disk\squota\sexceeded|Cannot\sallocate\smemory|heap\sout\sof\smemory
        |Read-only\sfile\ssystem|Too\smany\sopen\sfiles|Segmentation\sfault|Bus\serror)
    """
)

_TOLD_BY_STATUS = {
    126: re.compile(r"(?i)permission denied|cannot execute|exec format error|is a directory"),
    127: re.compile(r"(?i): (?:command )?not found|no such file or directory|command not found:"),
    137: re.compile(r"(?i)\bkilled\b|\bout of memory|\boom\b"),
}


def shown(line: str) -> str:
    """A line as a terminal leaves it: the last state of one redrawn, without colours and controls."""
    if "\r" in line:
        line = line.rstrip("\r\n").rpartition("\r")[2]
    if line.isprintable():
        return line.rstrip()
    return _CONTROL.sub("", _ESCAPE.sub("", line)).rstrip()


def head_of(line: str) -> str:
    """The part of a line that is judged: shown, bounded, without the time or label put before it."""
    head = shown(line[-HEAD_CHARACTERS:] if "\r" in line else line[:HEAD_CHARACTERS])
    for _ in range(3):
        label = _LABEL.match(head)
        if label is None:
            break
        head = head[label.end() :]
    return head


def is_noise(head: str) -> bool:
    """Whether a line is a warning, a passed test, a frame, a command being shown: never a cause."""
    return _NOISE.match(head) is not None or _TOLERATED.match(head) is not None or is_warning(head)


def is_warning(head: str) -> bool:
    """Whether a line warns, rather than tells an error that has to do with warnings."""
    warning = _WARNING.search(head)
    if warning is None:
        return False
    error = _ERROR.search(head)
    return error is None or warning.start() < error.start()


def claims_success(head: str) -> bool:
    """Whether a tool says here that it got through, so that it got over what it complained of before."""
    if _TOLERATED.match(head):
        return True
    lowered = head.lower()
    if not any(stem in lowered for stem in _SUCCESS_STEMS):
        return False
    told = _NONE_OF_THEM.sub("", lowered)
    return (told != lowered or _SUCCESS.search(lowered) is not None) and _UNDONE.search(told) is None


def wraps_up(head: str) -> bool:
    """Whether a line only passes on that something inside failed."""
    return _CLOSING.search(head.lower()) is not None


def weigh(head: str) -> Weight:
    """The weight of a line by itself; `head` is what `head_of` gave."""
    if _PYTEST.match(head):
        return Weight.CAUSE
    lowered = head.lower()
    if not (any(stem in lowered for stem in _STEMS) or _PLACE.match(head)) or is_noise(head):
        return Weight.NOTHING
    told = _NONE_OF_THEM.sub("", lowered)
    if not told.strip():
        return Weight.NOTHING
    if _CLOSING.search(told):
        return Weight.WORD if _EXCEPTION.match(head) else Weight.CLOSING
    if _REASON.match(head) or _EXCEPTION.match(head):
        return Weight.CAUSE
    if _COUNT.search(told):
        return Weight.CLOSING
    if _SIGN.search(head) or _is_system_sentence(told):
        return Weight.SIGN
    return Weight.WORD if _WORD.search(told) or _PLACE.match(told) else Weight.NOTHING


def told_by_status(head: str, exit_status: int | None) -> bool:
    """Whether a line says what the exit status means, where a status has a meaning: 127 is `not found`.

    Source: POSIX Shell Command Language 2.8.2 (126, 127); 137 is 128 + KILL.
    """
    pattern = _TOLD_BY_STATUS.get(exit_status) if exit_status is not None else None
    return pattern is not None and pattern.search(head) is not None and not is_noise(head)


def _is_system_sentence(told: str) -> bool:
    """`cp: x: Permission denied`: the system's words behind those of a program."""
    sentence = _SYSTEM_SENTENCE.search(told)
    return sentence is not None and ": " in told[: sentence.start()]
