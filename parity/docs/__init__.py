"""The documentation site: its pages are made from the docstrings, the table, the notebooks and the glossary."""
