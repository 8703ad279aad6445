"""What any bus promises, and what the networked one promises beyond that."""
