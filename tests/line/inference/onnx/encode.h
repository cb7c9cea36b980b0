// A few lines of protobuf writing, so that tests can make files no exporter would.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace bondline::inference::testing {

inline std::string varint(std::uint64_t value) {
  std::string out;
  do {
    const auto byte = static_cast<char>(value & 0x7f);
    value >>= 7;
    out += value != 0 ? static_cast<char>(byte | 0x80) : byte;
  } while (value != 0);
  return out;
}
inline std::string number(std::uint32_t field, std::uint64_t value) {
  return varint(field << 3) + varint(value);
}
inline std::string bytes(std::uint32_t field, const std::string& payload) {
  return varint(field << 3 | 2) + varint(payload.size()) + payload;
}
inline std::string real(std::uint32_t field, float value) {
  std::string out = varint(field << 3 | 5);
  char raw[4];
  std::memcpy(raw, &value, 4);
  return out + std::string(raw, 4);
}

inline std::string tensor(const std::string& name, std::int64_t type, const std::vector<std::int64_t>& dims,
                          const std::string& data) {
  std::string out;
  for (const auto size : dims) out += number(1, static_cast<std::uint64_t>(size));
  return out + number(2, static_cast<std::uint64_t>(type)) + bytes(8, name) + data;
}
inline std::string raw(const std::vector<float>& values) {
  return bytes(9, std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4));
}
inline std::string value_info(const std::string& name, std::int64_t type,
                              const std::vector<std::int64_t>& dims) {
  std::string shape;
  for (const auto size : dims)
    shape += bytes(1, size < 0 ? bytes(2, "N") : number(1, static_cast<std::uint64_t>(size)));
  return bytes(1, name) + bytes(2, bytes(1, number(1, static_cast<std::uint64_t>(type)) + bytes(2, shape)));
}
inline std::string node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, const std::string& attributes = "",
                        const std::string& name = "") {
  std::string out;
  for (const auto& input : inputs) out += bytes(1, input);
  for (const auto& output : outputs) out += bytes(2, output);
  if (!name.empty()) out += bytes(3, name);
  return out + bytes(4, op) + attributes;
}
inline std::string attribute(const std::string& name, const std::string& rest) {
  return bytes(5, bytes(1, name) + rest);
}
inline std::string model(const std::string& graph, std::int64_t opset = 13, std::int64_t ir = 7,
                         const std::string& more = "") {
  return number(1, static_cast<std::uint64_t>(ir)) + bytes(8, number(2, static_cast<std::uint64_t>(opset))) +
         more + bytes(7, graph);
}
/// x [2] -> Relu -> y, with whatever else.
inline std::string relu_graph(const std::string& more = "") {
  return bytes(1, node("Relu", {"x"}, {"y"})) + bytes(11, value_info("x", 1, {2})) +
         bytes(12, value_info("y", 1, {2})) + more;
}

}  // namespace bondline::inference::testing
