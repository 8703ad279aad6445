"""Dead letters: questions that nobody could finish, looked at and asked again by programs."""
