"""What the drivers of RabbitMQ leave behind."""

import gc
import threading
import warnings

from aio_pika import RobustConnection
from yarl import URL

from supportbot.common.bus.line import quiet_drivers


async def test_a_connection_that_never_came_about_is_thrown_away_in_silence() -> None:
    connection = RobustConnection(URL("amqp://u:p@127.0.0.1:1/"))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        quiet_drivers()
        finaliser = threading.Thread(target=connection.__del__)  # as the collector runs it in whichever thread is there
        finaliser.start()
        finaliser.join()
        gc.collect()
    assert [str(warning.message) for warning in said] == []
