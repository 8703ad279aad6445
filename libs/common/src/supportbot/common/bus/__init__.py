"""The message bus: a doorbell. Whoever hears it looks at the database."""
