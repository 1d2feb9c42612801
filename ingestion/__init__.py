"""Fetch, parse and load what sources publish; knows nothing of dbt or the app."""
