"""The real process from outside: started, asked, broken, killed and started again."""
