import click
from flask.cli import AppGroup
signups = AppGroup("signups")
@click.command("site")
def site(): pass
