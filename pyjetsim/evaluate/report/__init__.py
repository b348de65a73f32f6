"""The report: gathered, calculated, drawn and written."""
