"""``confradar mf``: MetricFlow with the right environment."""

import typer


def mf(context: typer.Context) -> None:
    """Pass any command through to MetricFlow, with project and database set.

    For example `confradar mf list metrics`, `confradar mf query --saved-query
    due_by_area`, or `confradar mf query --metrics extension_rate --group-by
    series__primary_area`. It reads the marts as their reader.
    """
    from confradar.database import logins_of
    from confradar.metrics import call_metricflow
    from confradar.settings import load_settings

    settings = load_settings()
    code = call_metricflow(settings, logins_of(settings).reader, context.args)
    if code:
        raise typer.Exit(code)
