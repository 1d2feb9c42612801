"""Listing sites: one module a site, from its page to the editions it lists."""
