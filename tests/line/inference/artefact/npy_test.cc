#include "line/inference/artefact/npy.h"

#include <gtest/gtest.h>

#include <cstring>

namespace bondline::inference {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}
std::string npy(const std::string& header, std::size_t data) {
  std::string out = std::string("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  return out + header + std::string(data, '\1');
}

TEST(Npy, ReadsBackEveryType) {
  for (const DType dtype : {DType::f32, DType::f64, DType::f16, DType::i8, DType::u8, DType::i16, DType::u16,
                            DType::i32, DType::u32, DType::i64, DType::u64, DType::boolean}) {
    std::vector<std::byte> data(6 * size_of(dtype));
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i % 2);
    base::Diagnostics diagnostics;
    const auto read = read_npy(write_npy(dtype, {2, 3}, data), "x.npy", diagnostics);
    ASSERT_TRUE(read) << name_of(dtype);
    EXPECT_EQ(read->dtype, dtype);
    EXPECT_EQ(read->shape, (Shape{2, 3}));
    EXPECT_EQ(*read->bytes, data);
  }
}

TEST(Npy, WhatIsWrongIsSaid) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  base::Diagnostics fine;
  ASSERT_TRUE(read_npy(bytes_of(npy(good, 24)), "x.npy", fine));
  for (const std::string& bad :
       {std::string(), std::string("hello"), npy(good, 23), npy(good, 25), npy("", 24),
        npy("{'descr': '<f4'", 24), npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 24),
        npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", 24),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", 24),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", 24)}) {
    base::Diagnostics diagnostics;
    EXPECT_FALSE(read_npy(bytes_of(bad), "x.npy", diagnostics)) << bad;
    ASSERT_TRUE(diagnostics.has_errors());
    EXPECT_NE(base::to_text(diagnostics.all().at(0)).find("x.npy"), std::string::npos);
  }
}

}  // namespace
}  // namespace bondline::inference
