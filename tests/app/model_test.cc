// bondline model ...: a model from its ONNX file to its outputs, and what is said of bad input.
#include <cmath>
#include <cstring>
#include <limits>

#include "program.h"

namespace bondline::app {
namespace {

std::string data_folder() {
  const char* given = std::getenv("BONDLINE_DATA");
  return (given != nullptr ? std::string(given) : std::string(BONDLINE_SOURCE_DIR) + "/../shared/data") +
         "/inference";
}

/// Floats behind the header of a version 1 .npy file.
std::vector<float> floats(const std::string& path) {
  const std::string bytes = slurp(path);
  if (bytes.size() < 10) return {};
  const std::size_t start =
      10 + static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  std::vector<float> out((bytes.size() - start) / 4);
  std::memcpy(out.data(), bytes.data() + start, out.size() * 4);
  return out;
}

/// A protobuf field of bytes, and one of a number.
std::string field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (std::size_t n = bytes.size(); true; n >>= 7) {
    out += static_cast<char>((n & 127) | (n > 127 ? 128 : 0));
    if (n <= 127) break;
  }
  return out + bytes;
}
std::string field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

/// An ONNX file of `op` applied to an input of two floats, once for each output.
std::string onnx_with(const std::string& op, const std::vector<std::string>& outputs) {
  const auto value = [](const std::string& name) {
    const std::string shape = field(1, field(1, 2));
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)));
  };
  std::string graph;
  for (const auto& name : outputs)
    graph += field(1, field(1, "x") + field(2, name) + field(3, "n") + field(4, op));
  graph += field(2, "g") + field(11, value("x"));
  for (const auto& name : outputs) graph += field(12, value(name));
  return field(1, 8) + field(7, graph) + field(8, field(2, 17));
}

class Model : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(data_folder() + "/mnist/model.onnx")) GTEST_SKIP() << "no " << data_folder();
  }
  /// Compiles a model of the data folder; returns the file.
  std::string compiled(const std::string& name) {
    const std::string out = folder / (name + ".blm");
    const Said said =
        run({"model", "compile", data_folder() + "/" + name + "/model.onnx", "--out", out, "--json"});
    EXPECT_EQ(said.status, 0) << said.err;
    return out;
  }
  Folder folder;
};

TEST_F(Model, CompileTellsWhatItMade) {
  const Said said = run(
      {"model", "compile", data_folder() + "/yunet_n_320/model.onnx", "--out", folder / "y.blm", "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto j = said.json();
  EXPECT_EQ(j.at("unsupported").size(), 0u);
  EXPECT_GT(j.at("fused").get<int>(), 20);
  EXPECT_NEAR(j.at("macs").get<double>(), 136e6, 3e6);  // the reference's table: 136 million
  EXPECT_LE(j.at("arena_bytes").get<double>(), 1.1 * j.at("arena_lower_bound_bytes").get<double>());
}

TEST_F(Model, RunEqualsTheReferenceOutputsOfRealModels) {
  for (const std::string name : {"mnist", "ultraface_slim320", "yunet_n_320", "yolox_nano_416"}) {
    const std::string blm = compiled(name), reference = data_folder() + "/" + name + "/ref/";
    const Said said =
        run({"model", "run", blm, "--input", reference + "input_0.npy", "--out", folder / name, "--json"});
    ASSERT_EQ(said.status, 0) << said.err;
    const auto outputs = said.json().at("outputs");
    ASSERT_GT(outputs.size(), 0u);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_EQ(outputs[i].at("dtype"), "float32");
      const auto got = floats(outputs[i].at("file")),
                 wanted = floats(reference + "output_" + std::to_string(i) + ".npy");
      ASSERT_EQ(got.size(), wanted.size());
      double error = 0, largest = 0;
      for (std::size_t k = 0; k < got.size(); ++k) {
        error = std::max(error, std::abs(static_cast<double>(got[k]) - wanted[k]));
        largest = std::max(largest, std::abs(static_cast<double>(wanted[k])));
      }
      EXPECT_LE(error, 1e-3 * largest) << name << " output " << i;  // Winograd's bound
    }
  }
}

TEST_F(Model, BenchAndProfileSpeakTheContractsKeys) {
  const std::string blm = compiled("mnist");
  const Said bench = run({"model", "bench", blm, "--threads", "1", "--seconds", "0.05", "--json"});
  ASSERT_EQ(bench.status, 0) << bench.err;
  const auto b = bench.json();
  for (const char* key :
       {"cpu_ms", "throughput", "peak_rss_bytes", "peak_gops", "percent_of_peak", "load_ms"}) {
    EXPECT_GT(b.at(key).get<double>(), 0) << key;
  }
  for (const char* key : {"p50", "p99", "min"}) EXPECT_GT(b.at("latency_ms").at(key).get<double>(), 0) << key;
  const auto& allocations = b.at("allocations_after_load");
  EXPECT_TRUE(allocations.is_null() || allocations == 0);
  const Said profile = run({"model", "profile", blm, "--threads", "1", "--seconds", "0.05", "--html",
                            folder / "p.html", "--json"});
  ASSERT_EQ(profile.status, 0) << profile.err;
  const auto profiled = profile.json();
  for (const auto& layer : profiled.at("layers")) {
    for (const char* key : {"name", "op", "ms", "gops", "bytes", "percent_compute", "percent_bandwidth"}) {
      EXPECT_TRUE(layer.contains(key)) << key;
    }
  }
  EXPECT_NE(slurp(folder / "p.html").find("<svg"), std::string::npos);
}

TEST(ModelNames, OutputsOfLikeNamesGetFilesOfTheirOwn) {
  const Folder folder;
  const std::string longest(300, 'y');
  const std::string npy = std::string("\x93NUMPY\x01\0\x3e\0", 10) +
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }    \n" +
                          std::string(8, '\0');
  const std::string onnx = folder.write("m.onnx", onnx_with("Neg", {"a/b", "a_b", "../c", longest}));
  const Said said =
      run({"model", "run", onnx, "--input", folder.write("x.npy", npy), "--out", folder / "o", "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  std::vector<std::string> names;
  const auto outputs = said.json().at("outputs");
  for (const auto& output : outputs) {
    const std::filesystem::path file(output.at("file").get<std::string>());
    EXPECT_EQ(slurp(file).size(), 136u) << file;
    names.push_back(file.filename());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a_b.npy", "output_1.npy", "output_2.npy", "output_3.npy"}));
}

TEST(ModelNames, NodesThatCannotBeCompiledAreListed) {
  const Folder folder;
  const Said said = run({"model", "compile", folder.write("m.onnx", onnx_with("Fly", {"a", "b"})), "--json"});
  EXPECT_EQ(said.status, 2);
  const auto list = said.json().at("unsupported");
  ASSERT_EQ(list.size(), 2u);
  for (const auto& node : list) {
    EXPECT_NE(node.at("what").get<std::string>().find("Fly"), std::string::npos);
    EXPECT_NE(node.at("mend").get<std::string>().find("cut"), std::string::npos);
  }
  EXPECT_EQ(said.json().at("errors").size(), 2u);
}

TEST_F(Model, CompareCountsWhatIsNoNumberOnOneSideOnly) {
  const std::string blm = compiled("mnist"), onnx = data_folder() + "/mnist/model.onnx";
  std::string input = slurp(data_folder() + "/mnist/ref/input_0.npy");
  const auto compared = [&](const std::string& file) {
    const Said said = run({"model", "compare", onnx, blm, "--inputs", file, "--json"});
    EXPECT_EQ(said.status, 0) << said.err;
    return said.json().at("outputs").at("Plus214_Output_0");
  };
  const auto usual = compared(folder.write("usual.npy", input));
  EXPECT_GT(usual.at("sqnr_db").get<double>(), 60);
  EXPECT_EQ(usual.at("not_numbers"), 0);
  const float none = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(input.data() + input.size() - 4 * 28 * 14, &none, 4);  // one pixel in the middle
  const auto strange = compared(folder.write("nan.npy", input));
  EXPECT_EQ(strange.at("not_numbers"), 0);  // it reaches every output, on both sides
  EXPECT_TRUE(strange.at("sqnr_db").is_null());
  EXPECT_EQ(strange.at("cosine"), 1.0) << strange;
}

TEST_F(Model, BadInputIsNamedWithStatusTwo) {
  const std::string blm = compiled("mnist"), onnx = data_folder() + "/mnist/model.onnx";
  const std::string whole = slurp(blm);
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& what) {
    const Said said = run(arguments);
    EXPECT_EQ(said.status, 2) << said.err;
    EXPECT_TRUE(said.complains(what)) << said.err;
  };
  refused({"model", "run", folder.write("cut.blm", whole.substr(0, whole.size() / 2)), "--input", "x.npy",
           "--out", folder / "o"},
          "cut.blm");
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 4);
  refused({"model", "bench", folder.write("flipped.blm", flipped)}, "checksum");
  refused(
      {"model", "compile", folder.write("cut.onnx", slurp(onnx).substr(0, 1000)), "--out", folder / "x.blm"},
      "cut.onnx");
  refused({"model", "compile", folder.write("text.onnx", "hello"), "--out", folder / "x.blm"}, "text.onnx");
  refused({"model", "compile", folder / "none.onnx", "--out", folder / "x.blm"}, "none.onnx");
  refused({"model", "run", blm, "--input", folder / "none.npy", "--out", folder / "o"}, "none.npy");
  refused(
      {"model", "run", blm, "--input", data_folder() + "/yunet_n_320/ref/input_0.npy", "--out", folder / "o"},
      "input_0.npy");
  refused({"model", "run", blm, "--input", folder.write("bad.npy", "no numpy"), "--out", folder / "o"},
          "bad.npy");
  refused({"model", "bench", blm, "--threads", "1000"}, "cores");
}

}  // namespace
}  // namespace bondline::app
