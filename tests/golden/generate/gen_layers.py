"""The family `layers`: every layer, each constructor argument at several values."""
from common import Family  # first: it sets the environment before Keras is imported

import layers_conv
import layers_core
import layers_norm
import layers_other
import layers_rnn


def main():
    f = Family("layers")
    for part in (layers_core, layers_conv, layers_norm, layers_rnn, layers_other):
        part.cases(f)
    f.write()


if __name__ == "__main__":
    main()
