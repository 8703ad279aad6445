"""The inbox: conversations, those that need a person first."""
