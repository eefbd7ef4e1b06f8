"""laststop puts a tested version on the page, proves that the page shows it, and tells people so."""

__version__ = "0.1.0"
