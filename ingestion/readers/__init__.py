"""Pure readers: bytes of a published file in, strings and rejects out."""
