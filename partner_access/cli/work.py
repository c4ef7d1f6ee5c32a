import click
@click.command("work")
def work(): pass
