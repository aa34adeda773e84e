"""``chat completion``."""

from __future__ import annotations

import click

HOW = {
    "bash": 'in ~/.bashrc: eval "$(chat completion bash)"',
    "zsh": 'in ~/.zshrc, after compinit: eval "$(chat completion zsh)"',
    "fish": "chat completion fish > ~/.config/fish/completions/chat.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(HOW)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script with which a shell completes `chat`.

    \b
    bash  in ~/.bashrc:                  eval "$(chat completion bash)"
    zsh   in ~/.zshrc, after compinit:   eval "$(chat completion zsh)"
    fish  chat completion fish > ~/.config/fish/completions/chat.fish

    Completed are commands, options, and names: of who is online, of rooms, and after --as those
    that are kept here. The server is asked for them, for a second or so; for rooms as the last
    login, with its secret that is kept here.
    """  # noqa: D301 - \b is click's mark for "as it is"
    from click.shell_completion import get_completion_class

    from cli.completion import register

    register()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(f"# {HOW[shell]}")
    click.echo(kind(ctx.find_root().command, {}, "chat", "_CHAT_COMPLETE").source())
