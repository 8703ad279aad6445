"""Documents of every format that is read, made here byte by byte."""
