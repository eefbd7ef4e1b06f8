"""`laststop completion`: what a shell needs to complete commands and options."""

import click

# Click answers, through this very command, whatever a shell asks with _LASTSTOP_COMPLETE set.
_BASH = """\
_laststop() {
    local kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
        _LASTSTOP_COMPLETE=bash_complete "$1" completion bash 2>/dev/null)
}
complete -o nosort -F _laststop laststop
"""
_ZSH = """\
#compdef laststop
_laststop() {
    local -a told found
    local kind value line
    told=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \\
        _LASTSTOP_COMPLETE=zsh_complete "$words[1]" completion zsh 2>/dev/null)}")
    for kind value line in "${told[@]}"; do
        case $kind in
            plain) [[ $line == _ ]] && found+=("$value") || found+=("$value:$line") ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done
    [[ -n $found ]] && _describe -V laststop found
}
compdef _laststop laststop
"""
_FISH = """\
function __laststop
    set -l told (env COMP_WORDS=(commandline -cp | string collect) \\
        COMP_CWORD=(commandline -ct | string collect) \\
        _LASTSTOP_COMPLETE=fish_complete laststop completion fish 2>/dev/null)
    for line in $told
        set -l parts (string split -m 1 , -- $line)
        switch $parts[1]
            case plain
                echo $parts[2]
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
        end
    end
end
complete --no-files --command laststop --arguments "(__laststop)"
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
def command(shell: str) -> None:
    """Print the lines that let SHELL complete laststop's commands and options.

    Bash: laststop completion bash >> ~/.bashrc;  zsh: the same with ~/.zshrc, behind compinit;
    fish: laststop completion fish > ~/.config/fish/completions/laststop.fish

    Example: laststop completion bash >> ~/.bashrc
    """
    click.echo(SCRIPTS[shell], nl=False)
