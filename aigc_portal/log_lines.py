import logging


class OneLine(logging.Formatter):
    """One record, one line: newlines from outside cannot forge a second record. Tracebacks stay readable below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
