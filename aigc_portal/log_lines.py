import logging

PRINTED = "celery.redirected"  # what a worker's code prints, such as the mails of the console e-mail backend


class OneLine(logging.Formatter):
    """One record, one line: newlines from outside cannot forge a second record. Tracebacks stay readable below it.

    What is printed keeps its lines, indented, so that none of them begins like a record.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        line_break = "\n    " if record.name == PRINTED else "\\n"
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", line_break)
