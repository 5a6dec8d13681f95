"""`parity grade`: a class judged, marked and exported."""
