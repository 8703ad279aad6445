"""Let the sample help centre answer until there are documents of one's own, and never again after that.

It does not come back when all of one's own documents are removed: a company that replaces its documents must not
answer its customers from an invented shop's in the meantime.
"""

from supportbot.common.ids import DocumentId
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.ports import DocumentRegister
from supportbot.indexer.use_cases.scan_folder import ScanFolder

_ENDING = ("removing", "retired")
_log = logger(__name__)


class ChooseSample:
    """Looks after the documents of origin `sample`."""

    def __init__(self, scan_sample: ScanFolder, register: DocumentRegister, *, begins: bool = True) -> None:
        """Where it does not begin, a sample that is there is only seen off: somebody is adding documents just now."""
        self._begins = begins
        self._scan_sample = scan_sample
        self._register = register
        self._over = False

    async def __call__(self) -> None:
        """Add the sample where there is nothing else, or take it away as soon as something else serves."""
        if self._over:
            return
        sample = await self._register.known("sample")
        own = (await self._register.known("folder", "given", "upload")).values()
        if any(document.indexed_version for document in own):
            await self._retire([name for name, document in sample.items() if document.state not in _ENDING])
        elif any(document.state in _ENDING for document in sample.values()):
            self._over = True
        elif self._begins and (sample or not any(document.state == "waiting" for document in own)):
            await self._use(first=not sample)

    async def _use(self, *, first: bool) -> None:
        changes = await self._scan_sample()
        if first and changes.changed:
            _log.info(
                "No documents of your own yet: the sample help centre answers until there are",
                documents=changes.changed,
            )

    async def _retire(self, sample: list[DocumentId]) -> None:
        if sample:
            await self._register.begin_removal(sample)
            _log.info("The sample help centre makes way for documents of your own", documents=len(sample))
        else:
            await self._register.note_sample_over()
        self._over = True
