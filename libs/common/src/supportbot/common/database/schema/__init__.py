"""What is stored: the tables, and the migrations that make them."""
