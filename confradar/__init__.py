"""The thin app around ingestion and the dbt project: commands, settings, database."""
