"""The raw tables of families, and the dlt sources that fill them."""
