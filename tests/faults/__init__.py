"""Faults done to the running system, one test for each row of docs/faults.md. `make faults` runs them.

How to write a row, in ten lines:

    @pytest.mark.fault("F1", "the broker restarts, idle", "RabbitMQ is stopped in order and started again")
    async def test_consumers_are_back_after_the_broker_restarts(system: System) -> None:
        await system.people.finish()                                # only here: it is to be a quiet restart
        await system.broker.kill(hard=False)                        # do the fault
        await system.until_waiting_for("answerer", "RabbitMQ")      # see that it bites
        system.saw("the answerer said that it is not ready")        # what the table is to say
        await system.broker.start()                                 # end the fault
        await system.asks_again_and_recovers()                      # I1 to I4 within 60 s, or the row has failed

`system` is ready and has answered everybody once when a row begins, and people go on writing all the time: three in
Telegram, by webhook, and two on the web, spread over two gateways. What a row may do to it:

- `system.links.to("postgres")`, `.to("model", "answerer")`, `.one("gateway 2", "telegram")`: links between services and
  `postgres`, `rabbitmq`, `qdrant`, `redis`, `telegram`, `model`. Each can `hang`, `delay`, `cut`, `reset`, `refuse`,
  `lose_answers` (what the server says never arrives) and `mend`.
- `system.kill("answerer")`, `freeze`, `thaw`, `system.process("gateway").stop()` and `.start()`; `restart` with other
  settings, and `supervised` for those who die by themselves.
- surroundings of a process: `clock` (libfaketime) jumps while it runs, `Names` are all that it can look up, `poisoned`
  answerers die at a question, `former_code` is the version before the newest migration.
- `system.broker` and `system.database`: `kill`, `start`, `wipe`, rabbitmqctl by `ask`, SQL by `run`.
- `system.telegram`, `system.model`, `system.qdrant`: the stand-ins, in this process, with their own failures.

A crash at an exact moment is done from outside, by a stop on a link, which halts one connection there:

    stop = stop_at_commit(system.links.one("answerer", "postgres"), "INSERT INTO answers", "before")
    await stop.reached()                # the answerer has sent everything but its COMMIT
    await system.kill("answerer")       # and dies; its connections are cut with it
    await system.process("answerer").start()

`"after"` instead: it is committed, and the answerer does not know. `stop_at(link, b"/sendMessage HTTP/", "before")`
halts a request to Telegram before it is asked, `"after"` when Telegram has accepted and its answer is not heard. Both
work for any words on any link. Since there are two of each, a stop on one replica needs the other one frozen or away,
or `start_system(more=())`, which starts one of each; it takes settings too.

A row that can be done to the one process as well says `@pytest.mark.parametrize("kind", EVERYWHERE)`. One that cannot
be done where it runs calls `pytest.skip` with the reason, which the table shows. `lasting(180, 1800)` is the length of
a fault, the second one with LONG=1.
"""
