"""Judging code that somebody else wrote.

Data flows one way: `adapters` says what the submission's names stand for, `plan` makes tasks of the table's samples,
`jail` has a worker carry them out, `judge` compares what came back with what PyTorch gives, `diagnose` says what the
mistake looks like, and `show`, `page` and the formats print it.
"""
