"""What a document is, and how it becomes passages: pure rules."""
