"""What the API says about costs."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

By = Literal["day", "stage", "model", "person", "question"]


class CostLine(BaseModel):
    """What was paid for one group of replies."""

    group: str = Field(
        description="A day, stage or model; of a person, the conversation's id; of a question, `<conversation>:<turn>`"
    )
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float = Field(description="In the currency of MODEL_PRICES")
    unpriced: int = Field(description="Calls of models that MODEL_PRICES does not name: `cost` lacks them")
    questions: int = Field(description="Different questions that the calls were for")


class Costs(BaseModel):
    """What was paid to models."""

    by: By
    since: date
    until: date
    items: list[CostLine] = Field(description="Days in their order; of all else the dearest first")
