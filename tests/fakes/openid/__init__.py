"""A small OpenID provider that is strict about what it is sent, and can be told to go wrong."""
