"""Tell people what is due and what changed: each event once, by mail, chat or file."""
