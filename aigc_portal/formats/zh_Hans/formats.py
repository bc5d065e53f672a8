"""Numbers as Chinese pages write them: grouped by three, where a template asks for groups."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
