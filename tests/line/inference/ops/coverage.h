// Operators of ONNX's backend tests that are refused, and why: said in docs/onnx-coverage.md, held by tests.
#pragma once
#include <string_view>

namespace bondline::inference::testing {

struct Refused {
  std::string_view op, why;
};

inline constexpr Refused kRefused[] = {
    {"Bernoulli", "draws random numbers"},
    {"DFT", "signal processing before the network; do it outside"},
    {"MelWeightMatrix", "signal processing before the network; do it outside"},
    {"NegativeLogLikelihoodLoss", "training"},
    {"RandomUniformLike", "draws random numbers"},
    {"STFT", "signal processing before the network; do it outside"},
    {"SoftmaxCrossEntropyLoss", "training"},
    {"StringNormalizer", "text"},
    {"TfIdfVectorizer", "text"},
    {"ai.onnx.preview.training.Adagrad", "training"},
    {"ai.onnx.preview.training.Adam", "training"},
    {"ai.onnx.preview.training.Gradient", "training"},
    {"ai.onnx.preview.training.Momentum", "training"},
};

}  // namespace bondline::inference::testing
