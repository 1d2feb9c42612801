"""Pages for people: functions from what was read to a page of HTML, and nothing else.

``publish`` writes them to files, ``serve`` answers with them. Both find a page under
the same path (``confradar.readers.addresses``), and links lead from path to path.
"""

from confradar.readers.pages.about import reading_page, subscribe_page
from confradar.readers.pages.changes import changes_page
from confradar.readers.pages.conferences import Setting, conference_page
from confradar.readers.pages.data import DataFile, data_file
from confradar.readers.pages.index import index_page
from confradar.readers.pages.months import month_page, month_pages, undated_page
from confradar.readers.pages.page import POLICY, Page, asset, assets
from confradar.readers.pages.producing import page_parts, setting_of
from confradar.readers.pages.rows import shown
from confradar.readers.pages.series import series_page
from confradar.readers.pages.sources import sources_page
from confradar.readers.pages.times import LOCAL, WRITTEN, Zone, zone_of

__all__ = [
    "LOCAL",
    "POLICY",
    "WRITTEN",
    "DataFile",
    "Page",
    "Setting",
    "Zone",
    "asset",
    "assets",
    "changes_page",
    "conference_page",
    "data_file",
    "index_page",
    "month_page",
    "month_pages",
    "page_parts",
    "reading_page",
    "series_page",
    "setting_of",
    "shown",
    "sources_page",
    "subscribe_page",
    "undated_page",
    "zone_of",
]
