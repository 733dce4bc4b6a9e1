/// Operations whose attributes the graph computes: TensorFlow's models ask tensors for their shapes
/// and use the answer as sizes. Keras 3 has no such node.
#pragma once

#include "src/ops/op_table.h"

namespace kcpp::ops {

/// The shape of a tensor as whole numbers (tf.shape).
OpRun shape_op(const OpArguments& arguments);

/// A node of class "Deferred": its config holds the `operation` (a class of the table) and that
/// one's `arguments`, in which {"__input__": i} stands for input i of the node and {"__value__": i}
/// for its value: a number or a list. When the graph is built and the value hangs on known sizes
/// alone, the operation itself becomes the node; else it is made when the model is called.
OpRun deferred_op(const OpArguments& arguments);

/// The inputs of an operation with constants for what hangs on known sizes alone, if something else
/// is among them: a graph without Shape nodes is one that every Keras 3 understands.
Tensors with_known_sizes(const Tensors& inputs);

}  // namespace kcpp::ops
