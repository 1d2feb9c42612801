"""The site of docs: what dbt knows of every table, how well dates are read, what holds.

Each page is one file that asks nobody for anything: scripts, styles and pictures are in
it, and a Content-Security-Policy refuses all else.
"""

from confradar.docsite.building import build_site, what_is_stored
from confradar.docsite.pages import Page, Site

__all__ = ["Page", "Site", "build_site", "what_is_stored"]
