"""What runs in the jail, beside the student's code: the standard library and NumPy, nothing of the suite.

Imports are relative, since in the jail this folder stands alone. Nothing here holds an expected value or a verdict: a
worker says what the student's code did, and the process that started it judges.
"""
