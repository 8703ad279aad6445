"""A cache and user limits that several processes share, where Redis is there; each has its own where it is not."""
