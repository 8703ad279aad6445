"""`make up` and `make down`: every service as a process of its own, on this machine, against real servers."""
