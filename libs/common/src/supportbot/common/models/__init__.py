"""Access to models behind OpenAI's API: what is asked, what may go wrong, and what it costs."""
