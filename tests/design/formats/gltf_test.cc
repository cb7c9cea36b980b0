#include <cmath>
#include <cstring>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../sample_designs.h"
#include "design/formats/formats.h"
#include "design/package/solids.h"

namespace bondline::formats {
namespace {

using nlohmann::json;

struct Glb {
  json doc;
  std::string bin;
};

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t v = 0;
  std::memcpy(&v, bytes.data() + at, 4);
  return v;
}

/// The two chunks by the letter of the specification (glTF 2.0, section 4).
Glb open_glb(const std::string& bytes) {
  Glb out;
  EXPECT_EQ(word(bytes, 0), 0x46546C67u);
  EXPECT_EQ(word(bytes, 4), 2u);
  EXPECT_EQ(word(bytes, 8), bytes.size());
  const std::uint32_t length = word(bytes, 12);
  EXPECT_EQ(length % 4, 0u);
  EXPECT_EQ(word(bytes, 16), 0x4E4F534Au);
  out.doc = json::parse(bytes.substr(20, length));
  const std::uint32_t bin = word(bytes, 20 + length);
  EXPECT_EQ(bin % 4, 0u);
  EXPECT_EQ(word(bytes, 24 + length), 0x004E4942u);
  EXPECT_EQ(28 + length + bin, bytes.size());
  out.bin = bytes.substr(28 + length);
  return out;
}

TEST(GltfExport, HoldsEveryBufferAccessorAndNodeItNames) {
  const auto design = samples::sip();
  const auto glb = open_glb(export_design(design, "gltf").bytes);
  const json& d = glb.doc;
  EXPECT_EQ(d["asset"]["version"], "2.0");
  EXPECT_EQ(d["buffers"][0]["byteLength"], glb.bin.size());
  for (const auto& view : d["bufferViews"])
    EXPECT_LE(view["byteOffset"].get<std::size_t>() + view["byteLength"].get<std::size_t>(), glb.bin.size());
  for (const auto& accessor : d["accessors"]) {
    const std::size_t size = accessor["componentType"] == 5126 ? 4 : 2,
                      parts = accessor["type"] == "VEC3" ? 3 : 1;
    EXPECT_EQ(accessor["count"].get<std::size_t>() * size * parts,
              d["bufferViews"][accessor["bufferView"].get<std::size_t>()]["byteLength"]);
  }
  std::size_t solids = 0;
  for (const auto& s : package::assemble(design).solids) solids += s.role != package::Role::air;
  EXPECT_EQ(d["nodes"].size(), solids + 1);
  EXPECT_EQ(d["nodes"][0]["children"].size(), solids);
  for (std::size_t n = 1; n < d["nodes"].size(); ++n) {
    const auto mesh = d["nodes"][n]["mesh"].get<std::size_t>();
    ASSERT_LT(mesh, d["meshes"].size());
    ASSERT_LT(d["meshes"][mesh]["primitives"][0]["material"].get<std::size_t>(), d["materials"].size());
  }
}

TEST(GltfExport, TrianglesOfTheUnitBoxLookOutward) {
  const auto glb = open_glb(export_design(samples::block(), "gltf").bytes);
  std::vector<float> p(72), n(72);
  std::vector<std::uint16_t> index(36);
  std::memcpy(p.data(), glb.bin.data(), 288);
  std::memcpy(n.data(), glb.bin.data() + 288, 288);
  std::memcpy(index.data(), glb.bin.data() + 576, 72);
  for (std::size_t t = 0; t < 36; t += 3) {
    double e[2][3], out = 0, area = 0;
    for (int i = 0; i < 3; ++i) {
      e[0][i] = p[3 * index[t + 1] + i] - p[3 * index[t] + i];
      e[1][i] = p[3 * index[t + 2] + i] - p[3 * index[t] + i];
    }
    for (int i = 0; i < 3; ++i) {
      const double normal = e[0][(i + 1) % 3] * e[1][(i + 2) % 3] - e[0][(i + 2) % 3] * e[1][(i + 1) % 3];
      out += normal * n[3 * index[t] + i];
      area += normal * p[3 * index[t] + i];
    }
    EXPECT_NEAR(out, 1, 1e-6);  // along the stored normal, twice the triangle's half
    EXPECT_GT(area, 0);         // away from the centre
  }
}

TEST(GltfExport, StandsUprightInMetres) {
  const auto design = samples::block();
  const auto glb = open_glb(export_design(design, "gltf").bytes);
  const auto q = glb.doc["nodes"][0]["rotation"];
  // The root's quaternion turns (0, 0, 1) into (0, 1, 0).
  const double x = q[0], w = q[3];
  EXPECT_NEAR(-2 * w * x, 1, 1e-12);
  EXPECT_NEAR(w * w - x * x, 0, 1e-12);
  const auto assembly = package::assemble(design);
  EXPECT_NEAR(glb.doc["nodes"][1]["scale"][2].get<double>(), assembly.solids[0].z1 - assembly.solids[0].z0,
              1e-12);
  EXPECT_EQ(glb.doc["nodes"][1]["name"], assembly.solids[0].path);
}

}  // namespace
}  // namespace bondline::formats
