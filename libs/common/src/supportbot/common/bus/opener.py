"""The opener: settings in, a bus out. The only place that knows which kind it is."""

from supportbot.common.bus.local import LocalBus
from supportbot.common.bus.port import Bus
from supportbot.common.settings import CommonSettings


def open_bus(settings: CommonSettings) -> Bus:
    """RabbitMQ where `RABBITMQ_URL` is set, else queues in this process. Nothing is connected before `start`."""
    url = settings.rabbitmq_url.get_secret_value()
    if not url:
        return LocalBus()
    from supportbot.common.bus.rabbitmq import RabbitBus  # FastStream costs start-up time and memory

    return RabbitBus(url, settings.rabbitmq_queue_type)
