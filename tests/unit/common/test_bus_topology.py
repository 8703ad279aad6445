"""What services subscribe to is what the topology declares for them."""

from collections.abc import Callable

from supportbot.answerer.entrypoints.turns import TurnWorker
from supportbot.common.bus.local import LocalBus
from supportbot.common.bus.opener import open_bus
from supportbot.common.bus.port import Handler
from supportbot.common.bus.rabbitmq import RabbitBus
from supportbot.common.bus.topology import WORK_QUEUES, is_work
from supportbot.common.contracts import Event, FeedbackGiven, QuestionAsked
from supportbot.common.settings import CommonSettings
from supportbot.gateway.entrypoints.staff import StaffWatch
from supportbot.indexer.entrypoints import bus as indexer
from supportbot.indexer.entrypoints.doorbell import Doorbell


class NotingBus(LocalBus):
    """Notes who subscribes to what."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, set[type[Event]]] = {}

    def subscribe(self, queue: str, events: tuple[type[Event], ...], handler: Handler, *, concurrency: int = 1) -> None:
        self.asked[queue] = set(events)


def subscribers() -> list[Callable[[NotingBus], None]]:
    """Every place in the services that subscribes; none of them touches what it was not given."""
    worker = TurnWorker.__new__(TurnWorker)
    staff = StaffWatch.__new__(StaffWatch)
    return [worker.subscribe, staff.subscribe, lambda bus: indexer.subscribe(bus, Doorbell())]


async def test_services_subscribe_to_the_declared_queues_and_events() -> None:
    bus = NotingBus()

    for subscribe in subscribers():
        subscribe(bus)

    assert bus.asked == {queue.name: set(queue.events) for queue in WORK_QUEUES}


def test_only_events_of_work_queues_must_reach_a_queue() -> None:
    assert is_work(QuestionAsked)
    assert not is_work(FeedbackGiven)


async def test_the_bus_is_rabbitmq_exactly_where_its_address_is_set() -> None:
    assert isinstance(open_bus(CommonSettings(rabbitmq_url="")), LocalBus)
    assert isinstance(open_bus(CommonSettings(rabbitmq_url="amqp://user:secret@127.0.0.1:1/")), RabbitBus)
