-- Lets `supportbot db slow-queries` and the exporter see which statements take their time.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
