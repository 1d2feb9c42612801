"""Dagster around the two halves: when what runs, and who is told if it fails."""
