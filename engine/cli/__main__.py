"""`python -m engine.cli`: the verbs without the window."""

from engine.cli import app

if __name__ == "__main__":
    app(prog_name="sonofuse")
