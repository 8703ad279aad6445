"""An answer that says the opposite of what it cites, or moves a number, does not hold; a fair paraphrase does."""

import pytest

from supportbot.answerer.domain.grounding import Fault, Grounding, GroundingCheck
from supportbot.answerer.domain.model_replies import ComposedAnswer, ComposedSentence
from supportbot.common.knowledge.passages import Passage
from tests.unit.answerer.passages import passage

PLANS = passage(
    "Ledgerly has three plans. All of them include unlimited customers and e-mail support.\n\n"
    "- Plan: Solo; Monthly price: $12; Invoices per month: 50; Team seats: 1\n"
    "- Plan: Studio; Monthly price: $29; Invoices per month: 500; Team seats: 5\n"
    "- Plan: Agency; Monthly price: $79; Invoices per month: unlimited; Team seats: 25\n\n"
    "Prices do not include VAT. Registered charities get 40% off any yearly plan.",
    title="Plans and prices",
)
PAYING = passage(
    "We take Visa, Mastercard and American Express. PayPal is not accepted. Bank transfer is possible only for the "
    "Agency plan billed yearly. Yearly plans can be refunded in full within 30 days of payment. After that we refund "
    "the unused months, less a 10% handling fee. Monthly plans are not refunded.",
    title="How to pay",
)
INVOICES = passage(
    "A sent invoice cannot be edited. Issue a credit note from the invoice's menu and send a new invoice. Recurring "
    "invoices go out at 06:00. They stop when you press Pause.",
    title="Sending invoices",
)
CLINIC = passage(
    "Детей принимаем с трёх лет. Общий наркоз мы не делаем. Своей парковки нет. Во дворе дома 15 есть платная, 150 ₽ "
    "в час. Полис ОМС не принимаем. На пломбы гарантия 1 год, на коронки — 2 года, на импланты — 10 лет. Рассрочку "
    "даём на лечение от 30 000 ₽: на 6 месяцев без переплаты. Сутки не полощите рот и не курите. Швы снимаем через "
    "7–10 дней. Беременным лечим зубы во втором триместре.",
    title="Клиника",
)
PRICES = passage(
    "- Услуга: Удаление зуба; Цена: 3 200 ₽; Время: 30 минут\n"
    "- Услуга: Удаление зуба мудрости; Цена: от 7 900 ₽; Время: 60 минут\n"
    "- Услуга: Отбеливание; Цена: 18 000 ₽; Время: 75 минут",
    title="Цены",
)

ANIMALS = passage(
    "Never give paracetamol to a cat. Unopened medicines can be returned within 7 days. Opened medicines cannot be "
    "returned.\n\nWe do not accept:\n\n- live animals\n- money\n\n"
    "- Service: Check; Dog under 20 kg: £42; Dog over 20 kg: £48; Cat: £40\n"
    "- Service: Scaling; Dog under 20 kg: £180; Dog over 20 kg: £210; Cat: not offered\n\n"
    "The desk is open from 08:30 to 17:30. News come every 4 hours.",
    title="Animals",
)
CLINIC_POST = passage(
    "- «Экспресс»: 1–2 дня\n- «Стандарт»: 3–5 дней\n\nДля наложенного платежа продление недоступно. Хранение можно "
    "продлить один раз, на 5 дней.",
    title="Почта",
)


def check(text: str, *cited: Passage, asked: str = "") -> Grounding:
    sentence = ComposedSentence(text, tuple(range(1, len(cited) + 1)))
    return GroundingCheck(cited, asked=asked).of_all(ComposedAnswer(True, True, (sentence,)))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Studio costs $29 a month.", PLANS),
        ("A check costs £42 for a dog under 20 kg and £48 for one over 20 kg.", ANIMALS),
        ("Cats must never be given paracetamol.", ANIMALS),
        ("No, live animals aren't accepted.", ANIMALS),
        ("The desk is open until 5:30 pm.", ANIMALS),
        ("News come every 4 hours.", ANIMALS),
        ("«Стандарт» идёт 3–5 дней, «Экспресс» — 1–2 дня.", CLINIC_POST),
        ("Нет, продлить хранение можно один раз, на 5 дней.", CLINIC_POST),
        ("При наложенном платеже продление недоступно.", CLINIC_POST),
        ("The Solo plan costs $12 a month and Studio costs $29.", PLANS),
        ("Удаление зуба стоит 3 200 ₽, а зуба мудрости — от 7 900 ₽.", PRICES),
        ("Удаление зуба мудрости: от 7 900 ₽, 60 минут.", PRICES),
        ("On the Agency plan you have 25 team seats and unlimited invoices for $79 a month.", PLANS),
        ("Registered charities get 40% off yearly plans.", PLANS),
        ("VAT is not included in the prices.", PLANS),
        ("The prices exclude VAT.", PLANS),
        ("PayPal is not accepted.", PAYING),
        ("No, we don't accept PayPal.", PAYING),
        ("You can pay by Visa, Mastercard or American Express, but not by PayPal.", PAYING),
        ("Bank transfer is only possible for the Agency plan with yearly billing.", PAYING),
        ("A yearly plan can be refunded in full within 30 days of the payment.", PAYING),
        ("Later we refund the unused months minus a 10% fee.", PAYING),
        ("Monthly plans are non-refundable.", PAYING),
        ("Monthly plans can't be refunded.", PAYING),
        ("You cannot edit an invoice that was sent.", INVOICES),
        ("Issue a credit note and send a new invoice instead.", INVOICES),
        ("Recurring invoices go out at 6:00 until you press Pause.", INVOICES),
        ("Мы принимаем детей с трёх лет.", CLINIC),
        ("Общий наркоз в клинике не делают.", CLINIC),
        ("Нет, полис ОМС мы не принимаем.", CLINIC),
        ("Гарантия на коронки — 2 года.", CLINIC),
        ("Гарантия на импланты составляет 10 лет, на пломбы — 1 год.", CLINIC),
        ("Рассрочка даётся на лечение от 30 000 ₽, на 6 месяцев без переплаты.", CLINIC),
        ("Первые сутки не курите и не полощите рот.", CLINIC),
        ("Своей парковки у клиники нет.", CLINIC),
        ("Рядом, во дворе дома 15, есть платная парковка: 150 ₽ в час.", CLINIC),
        ("Швы снимают через 7–10 дней.", CLINIC),
        ("Беременным зубы лечат только во втором триместре.", CLINIC),
    ],
)
def test_a_fair_paraphrase_holds(text: str, cited: Passage) -> None:
    assert check(text, cited).holds, check(text, cited)


@pytest.mark.parametrize(
    ("text", "cited", "fault"),
    [
        ("Studio costs $79 a month.", PLANS, "number"),
        ("The Solo plan has 500 invoices per month.", PLANS, "number"),
        ("The Agency plan has 5 team seats.", PLANS, "number"),
        ("Удаление зуба мудрости стоит 3 200 ₽.", PRICES, "number"),
        ("Registered charities get 25% off any yearly plan.", PLANS, "number"),
        ("Prices include VAT.", PLANS, "opposite"),
        ("PayPal is accepted.", PAYING, "opposite"),
        ("Yes, PayPal is accepted.", PAYING, "opposite"),
        ("Monthly plans are refunded.", PAYING, "opposite"),
        ("Yearly plans cannot be refunded in full within 30 days of payment.", PAYING, "opposite"),
        ("We take only Visa, Mastercard and American Express.", INVOICES, "name"),
        ("A sent invoice can be edited.", INVOICES, "opposite"),
        ("All prices include VAT.", PLANS, "opposite"),
        ("PayPal is always accepted.", PAYING, "opposite"),
        ("You may give paracetamol to a cat.", ANIMALS, "opposite"),
        ("We accept live animals.", ANIMALS, "opposite"),
        ("A check for a dog over 20 kg costs £42.", ANIMALS, "number"),
        ("All opened medicines can be returned.", ANIMALS, "opposite"),
        ("«Стандарт» идёт 1–2 дня.", CLINIC_POST, "number"),
        ("Для наложенного платежа продление доступно.", CLINIC_POST, "opposite"),
        ("Общий наркоз мы делаем.", CLINIC, "opposite"),
        ("Да, полис ОМС принимаем.", CLINIC, "opposite"),
        ("Своя парковка есть.", CLINIC, "opposite"),
        ("Швы не снимаем 7–10 дней.", CLINIC, "opposite"),
        ("Парковка стоит 30 000 ₽ в час.", CLINIC, "number"),
    ],
)
def test_the_opposite_and_moved_numbers_do_not(text: str, cited: Passage, fault: Fault) -> None:
    assert check(text, cited).fault == fault, check(text, cited)


def test_a_statement_that_another_passage_makes_may_be_repeated() -> None:
    newer = passage("PayPal is accepted since May.", title="News")
    assert check("PayPal is accepted.", PAYING, newer).holds


def test_across_languages_something_must_link_the_answer_to_what_it_cites() -> None:
    assert check("Оплата возможна картой Visa.", PAYING).holds
    assert check("Вернуть деньги за годовой тариф можно в течение 30 дней.", PAYING).holds
    assert check("Слоны любят саванну.", PAYING).fault == "words"
    assert check("Elephants like the savanna.", CLINIC).fault == "words"


TIMES = passage(
    "Puppies may go outside two weeks after the second injection. The sender pays customs duties. The emergency fee is "
    "£165 until midnight and £210 after midnight. A claim is decided within 14 days. Hand luggage may weigh at most "
    "10 kg. We charge a late fee when you cancel less than 24 hours before the visit. Wait 21 days after the rabies "
    "injection before you travel.",
    title="Times",
)


@pytest.mark.parametrize(
    "text",
    [
        "Puppies may go outside 14 days after the second injection.",
        "A claim is decided within two weeks.",
        "Hand luggage may weigh no more than 10 kg.",
        "A late fee is charged if you cancel later than one day before the visit.",
        "Before you travel, wait 21 days after the rabies injection.",
        "Customs duties are not paid by the recipient.",
    ],
)
def test_the_same_said_from_the_other_side_or_in_another_unit_holds(text: str) -> None:
    assert check(text, TIMES).holds, check(text, TIMES)


@pytest.mark.parametrize(
    "text",
    [
        "Puppies may go outside before the second injection.",
        "The recipient pays customs duties.",
        "Hand luggage may weigh at least 10 kg.",
    ],
)
def test_one_side_said_for_the_other_is_the_opposite(text: str) -> None:
    assert check(text, TIMES).fault == "opposite", check(text, TIMES)


TARIFFS = passage(
    "- Weight: 2–5 kg; Standard: €6; Express: €9\n- Weight: 5–10 kg; Standard: €8; Express: €13\n\n"
    "Parcels over 20 kg go by freight. Returns are possible within 30 days.",
    title="Tariffs",
)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("A parcel of 3 kg costs €6 by Standard.", "what does a 3 kg parcel cost?"),
        ("Your parcel of 25 kg goes by freight.", "Can I send 25 kg?"),
    ],
)
def test_an_amount_that_was_asked_about_may_be_repeated_where_a_range_has_it(text: str, asked: str) -> None:
    assert check(text, TARIFFS, asked=asked).holds, check(text, TARIFFS, asked=asked)
    assert check(text, TARIFFS).fault == "number"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("A parcel of 3 kg costs €8 by Standard.", "what does a 3 kg parcel cost?"),
        ("A parcel of 15 kg goes by freight.", "Can I send 15 kg?"),
        ("Returns are possible within 60 days.", "Can I return within 60 days?"),
        ("Returns of 25 items go by freight.", "Can I return 25 items?"),
    ],
)
def test_an_amount_outside_every_range_or_with_another_rows_numbers_may_not(text: str, asked: str) -> None:
    assert check(text, TARIFFS, asked=asked).fault == "number"
