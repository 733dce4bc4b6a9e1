"""All families of the sweep."""
import graph_cases
import input_cases
import layer_cases
import op_cases
import preprocessing_cases
import recurrent_cases
import training_cases

FAMILIES = [layer_cases, recurrent_cases, training_cases, graph_cases, op_cases, preprocessing_cases, input_cases]


def fill():
    for family in FAMILIES:
        family.fill()
