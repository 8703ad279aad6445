"""The database: tables, transactions, and the protocol of turns, outbox and sending."""
