// Models that are refused, and with which words.
#include <gtest/gtest.h>

#include <limits>

#include "builder.h"
#include "compiled.h"

namespace bondline::inference::testing {
namespace {

std::string refusal(const Graph& graph) {
  std::string why;
  CompileOptions options;
  options.file = "m.onnx";
  EXPECT_TRUE(artefact_of(graph, options, &why).empty());
  return why;
}

TEST(Refuse, AnUnknownOperatorIsNamedWithAPlaceToCut) {
  GraphBuilder make(1);
  const ValueId x = make.input({1, 4, 4, 4});
  const ValueId y = make.node("Relu", {x});
  const std::string why = refusal(make.finish({make.node("FlyToTheMoon", {y})}));
  EXPECT_NE(why.find("FlyToTheMoon"), std::string::npos) << why;
  EXPECT_NE(why.find("cut"), std::string::npos) << why;
}

TEST(Refuse, AnInputWithoutAShapeIsNamed) {
  GraphBuilder make(1);
  const ValueId x = make.input({1, 3, -1, -1});
  const std::string why = refusal(make.finish({make.node("Relu", {x})}));
  EXPECT_NE(why.find("in0"), std::string::npos) << why;
}

TEST(Refuse, MisshapedConvolutionsAreNamed) {
  GraphBuilder make(1);
  const ValueId x = make.input({1, 3, 8, 8});
  const std::string why = refusal(make.finish({make.node("Conv", {x, make.weights({4, 5, 3, 3}, 1)})}));
  EXPECT_NE(why.find("Conv_0"), std::string::npos) << why;
}

TEST(Refuse, WeightsThatAreNotNumbersAreNamed) {
  for (const std::string op : {"Conv", "Gemm"}) {
    GraphBuilder make(1);
    const bool conv = op == "Conv";
    const Shape shape = conv ? Shape{4, 3, 3, 3} : Shape{27, 4};
    std::vector<float> w(static_cast<std::size_t>(elements_of(shape)), 1);
    w[17] = std::numeric_limits<float>::quiet_NaN();
    const ValueId x = make.input(conv ? Shape{1, 3, 8, 8} : Shape{1, 27});
    const std::string why = refusal(make.finish({make.node(op, {x, make.constant(shape, w)})}));
    EXPECT_NE(why.find(op + "_0"), std::string::npos) << why;
    EXPECT_NE(why.find("NaN"), std::string::npos) << why;
  }
}

}  // namespace
}  // namespace bondline::inference::testing
