"""The FAQ: answers of people that somebody reviewed, searched like any document."""
