"""Cases, in files that mirror `scratch`."""
