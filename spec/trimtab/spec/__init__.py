"""The language: what a spec says, where it says it, and what is wrong with it.

The doors, each in the module of its name:

    load.load(text, file) -> Loaded                     read and validated, with positions
    resolve.resolve(loaded, environment) -> Resolved    one environment, its overrides merged, every rule checked
    render.render(output, diagnostics, texts) -> str    for people, editors, programs, code scanning
    fmt.format_text(text, file)                         the one form of a spec
    fixes.apply_fixes(text, file, diagnostics)          what can be corrected without asking
    explain.explain_code(code)                          the page of a code

Importing the package imports none of them: it is on the path of a pre-commit hook.
"""
