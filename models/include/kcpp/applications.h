/// Ready architectures (keras.applications): link the library kcpp::kcpp_models beside kcpp::kcpp.
#pragma once

#include "kcpp/applications/mobilenet_v2.h"
#include "kcpp/applications/resnet.h"
#include "kcpp/applications/resnet_cifar.h"
#include "kcpp/applications/transformer.h"
