"""`python -m schema.verifier.page` writes verify.html from the sources beside this file; a test compares."""

from schema.verifier.page.build import PAGE, render

if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8", newline="\n")
