"""How well it goes: answered, handed over and wrong, how long people wait, what it costs, what is asked about."""
