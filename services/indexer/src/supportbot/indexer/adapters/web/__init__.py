"""Web pages as documents: fetched politely, and only from where that was allowed."""
