"""The `portal` command and the servers that it brings along: PostgreSQL and Valkey from wheels.

Runs before Django and without it: nothing in here imports Django or another part of the project.
"""
