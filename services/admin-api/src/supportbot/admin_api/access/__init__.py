"""Who may do what: roles, passwords, sessions, and how callers are recognised."""
