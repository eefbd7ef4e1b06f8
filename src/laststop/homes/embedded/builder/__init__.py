"""Builds, on this machine."""

from laststop.homes.embedded.builder.orphan import end_orphan, end_orphans
from laststop.homes.embedded.builder.runner import GRACE_SECONDS, ShellBuilder

__all__ = ["GRACE_SECONDS", "ShellBuilder", "end_orphan", "end_orphans"]
