"""Stand-ins for the outside world: real servers on loopback, with the manners of the originals."""
