"""Makes all golden files, or the families named on the command line. Each family runs in a process of its own."""
import pathlib
import subprocess
import sys

FAMILIES = ["layers", "losses", "optimizers", "metrics", "activations", "training", "files", "schedules", "regularizers", "callbacks",
            "constraints", "initializers", "ops", "ops_nn", "dtypes", "applications", "lora", "augmentation", "labelled_images", "text", "ops_signal",
            "layers_signal", "windows", "sharded"]


def main():
    here = pathlib.Path(__file__).resolve().parent
    wanted = sys.argv[1:] or FAMILIES
    for family in wanted:
        if family not in FAMILIES:
            sys.exit(f"no family {family}; there are {', '.join(FAMILIES)}")
        subprocess.run([sys.executable, str(here / f"gen_{family}.py")], check=True)


if __name__ == "__main__":
    main()
