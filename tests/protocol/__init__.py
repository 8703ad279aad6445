"""The protocol of turns and sending under attack, on both kinds of database.

A made-up world stands around the real protocol: a wire in place of Telegram, actors in place of services, and a time
that runs hundreds of times faster, by moving the stored moments instead of the clock.
"""
