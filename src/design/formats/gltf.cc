// glTF 2.0 binary (Khronos, glTF 2.0 specification, 2021): a 12-byte header, a JSON chunk, a BIN chunk. Every
// solid is a node that scales one unit box; there is one mesh per material, all over the same vertices.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "design/formats/geometry.h"
#include "design/formats/not_carried.h"

namespace bondline::formats {
namespace {

using nlohmann::json;

struct Box {
  std::vector<float> positions, normals;
  std::vector<std::uint16_t> indices;
};

/// The unit box around the origin, four vertices a face so that edges stay sharp, counter-clockwise from
/// outside.
Box unit_box() {
  Box out;
  for (int axis = 0; axis < 3; ++axis)
    for (int sign : {-1, 1}) {
      const auto first = std::uint16_t(out.positions.size() / 3);
      for (int corner = 0; corner < 4; ++corner) {
        float p[3], n[3] = {0, 0, 0};
        const float u = corner == 1 || corner == 2 ? 0.5f : -0.5f, v = corner >= 2 ? 0.5f : -0.5f;
        p[axis] = 0.5f * float(sign);
        p[(axis + 1) % 3] = sign > 0 ? u : v;
        p[(axis + 2) % 3] = sign > 0 ? v : u;
        n[axis] = float(sign);
        out.positions.insert(out.positions.end(), p, p + 3);
        out.normals.insert(out.normals.end(), n, n + 3);
      }
      for (int i : {0, 1, 2, 0, 2, 3}) out.indices.push_back(std::uint16_t(first + i));
    }
  return out;
}

/// A steady colour per material name: a hue from its hash, so that a part looks the same in every export.
json colour_of(const std::string& name, bool see_through) {
  const std::string hash = base::sha256_hex(name);
  const double hue = std::stoi(hash.substr(0, 4), nullptr, 16) / 65536.0 * 6,
               value = 0.55 + std::stoi(hash.substr(4, 2), nullptr, 16) / 255.0 * 0.4;
  const double saturation = 0.45;
  const auto channel = [&](double n) {
    const double k = std::fmod(n + hue, 6.0);
    return std::round(1000 * (value - value * saturation * std::max(0.0, std::min({k, 4 - k, 1.0})))) / 1000;
  };
  return {channel(5), channel(3), channel(1), see_through ? 0.25 : 1.0};
}

void append(std::string& out, const void* bytes, std::size_t size) {
  out.append(static_cast<const char*>(bytes), size);
}
void append32(std::string& out, std::uint32_t v) {
  for (int i = 0; i < 4; ++i) out += char(v >> (8 * i) & 255);
}

}  // namespace

ExportResult export_gltf(const package::Design& design) {
  ExportResult result;
  const package::Assembly assembly = package::assemble(design);
  const Box box = unit_box();
  std::string bin;
  append(bin, box.positions.data(), box.positions.size() * sizeof(float));
  const std::size_t normals_at = bin.size();
  append(bin, box.normals.data(), box.normals.size() * sizeof(float));
  const std::size_t indices_at = bin.size();
  append(bin, box.indices.data(), box.indices.size() * sizeof(std::uint16_t));
  while (bin.size() % 4) bin += '\0';

  json doc;
  doc["asset"] = {{"version", "2.0"}, {"generator", "Bondline"}};
  doc["buffers"] = {{{"byteLength", bin.size()}}};
  doc["bufferViews"] = {
      {{"buffer", 0}, {"byteOffset", 0}, {"byteLength", normals_at}, {"target", 34962}},
      {{"buffer", 0}, {"byteOffset", normals_at}, {"byteLength", indices_at - normals_at}, {"target", 34962}},
      {{"buffer", 0}, {"byteOffset", indices_at}, {"byteLength", box.indices.size() * 2}, {"target", 34963}}};
  doc["accessors"] = {
      {{"bufferView", 0},
       {"componentType", 5126},
       {"count", 24},
       {"type", "VEC3"},
       {"min", {-0.5, -0.5, -0.5}},
       {"max", {0.5, 0.5, 0.5}}},
      {{"bufferView", 1}, {"componentType", 5126}, {"count", 24}, {"type", "VEC3"}},
      {{"bufferView", 2}, {"componentType", 5123}, {"count", box.indices.size()}, {"type", "SCALAR"}}};
  doc["meshes"] = json::array();
  doc["materials"] = json::array();
  doc["nodes"] = json::array();
  // Ours is z-up, glTF is y-up: the root turns everything by -90 degrees about x.
  const double half = std::sqrt(0.5);
  doc["nodes"].push_back(
      {{"name", design.name.empty() ? "design" : design.name}, {"rotation", {-half, 0.0, 0.0, half}}});
  json children = json::array();
  std::map<std::pair<std::string, bool>, std::size_t> mesh_of;
  bool air = false;
  for (const auto& s : assembly.solids) {
    if (s.role == package::Role::air) {
      air = true;
      continue;
    }
    const std::string name =
        material_name(design, s.fill.inclusion >= 0 ? s.fill.inclusion : s.fill.material);
    const bool see_through =
        s.role == package::Role::mold || s.role == package::Role::joint || s.role == package::Role::balls;
    const auto [mesh, fresh] = mesh_of.emplace(std::pair{name, see_through}, mesh_of.size());
    if (fresh) {
      json material = {{"name", name},
                       {"pbrMetallicRoughness",
                        {{"baseColorFactor", colour_of(name, see_through)},
                         {"metallicFactor", 0.1},
                         {"roughnessFactor", 0.7}}}};
      if (see_through) material["alphaMode"] = "BLEND";
      doc["materials"].push_back(material);
      doc["meshes"].push_back({{"name", name},
                               {"primitives",
                                {{{"attributes", {{"POSITION", 0}, {"NORMAL", 1}}},
                                  {"indices", 2},
                                  {"material", mesh->second}}}}});
    }
    const double turn = 0.5 * s.footprint.rotation;
    json node = {{"name", s.path},
                 {"mesh", mesh->second},
                 {"translation", {s.footprint.at.x, s.footprint.at.y, 0.5 * (s.z0 + s.z1)}},
                 {"scale", {s.footprint.size.x, s.footprint.size.y, s.z1 - s.z0}},
                 {"extras",
                  {{"role", role_name(s.role)},
                   {"part", s.part},
                   {"material", material_name(design, s.fill.material)}}}};
    if (turn != 0) node["rotation"] = {0.0, 0.0, std::sin(turn), std::cos(turn)};
    if (s.fill.inclusion >= 0) {
      node["extras"]["inclusion"] = name;
      node["extras"]["inclusion_fraction"] = s.fill.fraction;
    }
    children.push_back(doc["nodes"].size());
    doc["nodes"].push_back(std::move(node));
  }
  if (children.empty())
    throw base::Error("the design has no solid to export", "give it a die, a substrate or a block");
  doc["nodes"][0]["children"] = children;
  doc["scenes"] = {{{"nodes", {0}}}};
  doc["scene"] = 0;

  std::string text = doc.dump(-1, ' ', true, json::error_handler_t::replace);
  while (text.size() % 4) text += ' ';
  std::string& out = result.bytes;
  append(out, "glTF", 4);
  append32(out, 2);
  append32(out, std::uint32_t(12 + 8 + text.size() + 8 + bin.size()));
  append32(out, std::uint32_t(text.size()));
  append(out, "JSON", 4);
  out += text;
  append32(out, std::uint32_t(bin.size()));
  append(out, "BIN\0", 4);
  out += bin;
  describe_not_geometry(design, result.not_carried);
  if (air) result.not_carried.push_back("air");
  result.not_carried.push_back(
      "single members of arrays: an array is one see-through box, its fill in the node's extras");
  return result;
}

}  // namespace bondline::formats
