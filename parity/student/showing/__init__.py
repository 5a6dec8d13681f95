"""What a learner sees: the terminal, HTML, Markdown, JSON and JUnit, and a reproducer."""
