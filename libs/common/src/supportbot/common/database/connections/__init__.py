"""How a database is reached: files of SQLite, pools of PostgreSQL, a pooler between, and what watches over them."""
