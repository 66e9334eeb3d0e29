"""Older versions of the language, and how a spec of theirs becomes one of today's.

The doors, each in the module of its name:

    versions.outdated(document) -> Diagnostic | None     what `load` says of a spec of an older version
    migrate.migrate_text(text, file)                     its text in the current version, and what it meant before

One module a version (`v1beta1`) says what changed after it. Only here is anything known of older versions: the model
and the compiler know the current one alone.
"""
