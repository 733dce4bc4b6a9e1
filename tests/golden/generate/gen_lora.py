"""The family `lora`: layers with low-rank adaptation, by their constructor's `lora_rank`."""
from common import Family, data, ints  # first: it sets the environment before Keras is imported

from keras import layers as L
from keras import regularizers as R

from layer_cases import layer_case


def main():
    f = Family("lora")
    layer_case(f, "dense", lambda: L.Dense(5, activation="relu", lora_rank=2), data(3, 4))
    layer_case(f, "dense_alpha", lambda: L.Dense(5, kernel_regularizer=R.L2(0.1), lora_rank=2, lora_alpha=5.0), data(3, 4))
    layer_case(f, "dense_mixed", lambda: L.Dense(5, lora_rank=2, dtype="mixed_bfloat16"), data(3, 4))
    layer_case(f, "einsum_dense", lambda: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e", lora_rank=2, lora_alpha=5.0), data(2, 3, 4))
    layer_case(f, "conv1d", lambda: L.Conv1D(4, 2, lora_rank=2), data(2, 5, 3))
    layer_case(f, "conv2d", lambda: L.Conv2D(4, (2, 3), groups=2, use_bias=False, lora_rank=3, lora_alpha=1.5), data(2, 4, 5, 2))
    layer_case(f, "conv3d", lambda: L.Conv3D(3, 2, kernel_regularizer=R.L1(0.1), lora_rank=1), data(1, 3, 3, 4, 2))
    layer_case(f, "embedding", lambda: L.Embedding(7, 4, mask_zero=True, lora_rank=2), ints(3, 5, hi=7))
    layer_case(f, "embedding_alpha", lambda: L.Embedding(7, 4, embeddings_regularizer=R.L2(0.1), lora_rank=2, lora_alpha=5.0), ints(3, 5, hi=7))
    f.write()


if __name__ == "__main__":
    main()
